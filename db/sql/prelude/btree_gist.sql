-- `prevent_overlap` compares a uuid with `=` inside a GiST index; this extension provides the operator class.
create extension if not exists btree_gist schema public;
