import twilio from 'twilio';

/** Connects the call to our media socket. Ends with a hang-up, or the line would stay open, and billed, when the socket closes. */
export function streamTwiml(options: { streamBaseUrl: string; callId: string; token: string }): string {
  const response = new twilio.twiml.VoiceResponse();
  const stream = response.connect().stream({ url: mediaSocketUrl(options.streamBaseUrl) });
  stream.parameter({ name: 'callId', value: options.callId }); // a query string in the URL is refused (error 31920)
  stream.parameter({ name: 'token', value: options.token });
  response.hangup();
  return response.toString();
}

/** Refuses a call that rings, unanswered and unbilled. */
export function rejectTwiml(reason: 'rejected' | 'busy'): string {
  const response = new twilio.twiml.VoiceResponse();
  response.reject({ reason });
  return response.toString();
}

export function hangUpTwiml(): string {
  const response = new twilio.twiml.VoiceResponse();
  response.hangup();
  return response.toString();
}

/** Words in the carrier's own voice, when the persona's could not be had, and the end of the call. */
export function sayAndHangUpTwiml(text: string): string {
  const response = new twilio.twiml.VoiceResponse();
  response.say(text);
  response.hangup();
  return response.toString();
}

/** What the callee hears when our server fails while Twilio asks it what to do. */
export function sorryTwiml(): string {
  const response = new twilio.twiml.VoiceResponse();
  response.say('Sorry, something went wrong on our side. Goodbye.');
  response.hangup();
  return response.toString();
}

/** The stream URL has the scheme of our public address: wss for https, ws for http on loopback. */
export function mediaSocketUrl(baseUrl: string): string {
  return `${baseUrl.replace(/^http/, 'ws')}/twilio/media`;
}
