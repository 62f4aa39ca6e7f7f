-- Points on the globe are searched as points of a ball, nearest first, without seams at the date line or the poles. The extension is
-- trusted: whoever may create objects in the database may create it.
create extension if not exists cube schema public;
