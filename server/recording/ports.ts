/** What the recordings of a call need of the telephone company. */
export interface RecordingCarrier {
  /** Begins to record both sides of a call under way, each in a channel of its own. @returns the carrier's name for it. */
  begin(carrierSid: string, callId: string): Promise<string>;
  /** Ends it before the call does; "there is none" is success. */
  end(carrierSid: string, recordingSid: string): Promise<void>;
  /** What the carrier has of a call. */
  ofCall(carrierSid: string): Promise<CarrierRecording[]>;
  /** Its sound: a WAV file, the callee in the first channel and we in the second. */
  fetch(recordingSid: string): Promise<AsyncIterable<Uint8Array>>;
  /** Deletes it at the carrier; "there is none" is success. */
  remove(recordingSid: string): Promise<void>;
}

export interface CarrierRecording {
  sid: string;
  /** pending: not over, or not ready to be fetched. */
  state: 'pending' | 'complete' | 'absent';
  seconds: number;
}
