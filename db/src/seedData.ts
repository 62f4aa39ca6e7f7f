// Who and what is in the demo fleet.

export const demoFleet = { slug: 'demo', name: 'Demo Cars Lisbon', currency: 'EUR', timeZone: 'Europe/Lisbon' }

export const demoPeople = [
  { email: 'owner@demo.fleetflow.dev', name: 'Olívia Owner' },
  { email: 'manager@demo.fleetflow.dev', name: 'Mário Manager' },
  { email: 'renter@demo.fleetflow.dev', name: 'Rita Renter' },
  { email: 'ana@demo.fleetflow.dev', name: 'Ana' },
  { email: 'ben@demo.fleetflow.dev', name: 'Ben' },
]

/** Amounts in euro cents. */
export const demoClasses = [
  { slug: 'compact', name: 'Compact', rates: { dayRate: 3_900n, hourRate: 700n, minimumCharge: 1_400n } },
  { slug: 'estate', name: 'Estate', rates: { dayRate: 5_500n, hourRate: 950n, minimumCharge: 1_900n } },
  { slug: 'van', name: 'Van', rates: { dayRate: 8_900n, hourRate: 1_500n, minimumCharge: 3_000n } },
]

export const demoCars = [
  { carClass: 'compact', name: 'Renault Clio', seats: 5, latMicrodegrees: 38_722_252, lngMicrodegrees: -9_139_337 },
  { carClass: 'compact', name: 'Peugeot 208', seats: 5, latMicrodegrees: 38_736_946, lngMicrodegrees: -9_142_685 },
  { carClass: 'compact', name: 'Fiat 500e', seats: 4, latMicrodegrees: 38_711_046, lngMicrodegrees: -9_126_034, backToBack: true },
  { carClass: 'compact', name: 'Toyota Yaris', seats: 5, latMicrodegrees: 38_697_527, lngMicrodegrees: -9_206_309 },
  { carClass: 'estate', name: 'Skoda Octavia', seats: 5, latMicrodegrees: 38_768_043, lngMicrodegrees: -9_094_041, turnaroundMinutes: 60 },
  { carClass: 'estate', name: 'Volvo V60', seats: 5, latMicrodegrees: 38_725_299, lngMicrodegrees: -9_150_036, turnaroundMinutes: 60 },
  { carClass: 'estate', name: 'Toyota Corolla', seats: 5, latMicrodegrees: 38_745_202, lngMicrodegrees: -9_160_881, turnaroundMinutes: 60 },
  { carClass: 'estate', name: 'Seat Leon', seats: 5, latMicrodegrees: 38_757_113, lngMicrodegrees: -9_117_441, turnaroundMinutes: 60 },
  {
    carClass: 'van',
    name: 'Ford Transit',
    seats: 3,
    latMicrodegrees: 38_781_311,
    lngMicrodegrees: -9_135_919,
    prepMinutes: 30,
    turnaroundMinutes: 60,
  },
  {
    carClass: 'van',
    name: 'VW Transporter',
    seats: 9,
    latMicrodegrees: 38_716_667,
    lngMicrodegrees: -9_133_333,
    prepMinutes: 30,
    turnaroundMinutes: 60,
  },
  {
    carClass: 'van',
    name: 'Mercedes Vito',
    seats: 8,
    latMicrodegrees: 38_704_221,
    lngMicrodegrees: -9_165_411,
    prepMinutes: 30,
    turnaroundMinutes: 60,
  },
  {
    carClass: 'van',
    name: 'Fiat Ducato',
    seats: 3,
    latMicrodegrees: 38_750_116,
    lngMicrodegrees: -9_187_734,
    prepMinutes: 30,
    turnaroundMinutes: 60,
  },
]

export const demoReviews = [
  { rating: 5, comment: 'Clean, on time, easy to find.' },
  { rating: 4, comment: 'Good car, the charging cable was missing.' },
  { rating: 5, comment: 'Would book again.' },
  { rating: 3, comment: 'Fine for a short trip.' },
  { rating: 4, comment: 'Friendly handover.' },
]
