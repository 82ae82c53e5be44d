/* global Redoc */
// Fonts and logo stay away: the page asks nobody but its own server.
Redoc.init(
  '/openapi.json',
  {
    hideDownloadButton: true,
    disableSearch: false,
    theme: {
      typography: { fontFamily: 'system-ui, sans-serif', headings: { fontFamily: 'system-ui, sans-serif' } },
    },
  },
  document.getElementById('docs'),
);
