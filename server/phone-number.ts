/** E.164: a plus sign, then up to fifteen digits (ITU-T E.164). Taken as an opaque identity everywhere but at the dial. */
export const E164 = /^\+[1-9]\d{6,14}$/;
