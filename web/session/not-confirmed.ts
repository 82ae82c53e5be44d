/** What is said when the device, not the server, has refused a passkey. */
export const NOT_CONFIRMED = {
  title: 'Your device has not confirmed it.',
  detail: 'Try again, or use another device.',
};
