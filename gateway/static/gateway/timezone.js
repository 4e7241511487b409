// Names the reader's time zone, in which the server then writes times.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  document.cookie = `timezone=${zone}; path=/; max-age=31536000; SameSite=Lax`;
}
