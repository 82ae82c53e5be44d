import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { devCallShape, devSpeechShape } from '../../server/http/shapes/dev-phone.ts';
import { change } from '../client/http.ts';
import { tellProblem } from '../shell/tell.ts';
import { bytesOf, openMicrophone, PhoneLine } from './phone-line.ts';

export type PhoneState =
  | { now: 'idle' }
  | { now: 'calling' }
  /** `muted` says why there is no microphone. */
  | { now: 'talking'; callId: string; line: PhoneLine; muted: string | null }
  | { now: 'over'; callId: string };

/** The phone: calls, hangs up, presses keys, says what was typed. */
export function usePhone(onLevels: (said: number, heard: number) => void) {
  const [state, setState] = useState<PhoneState>({ now: 'idle' });
  const levels = useRef(onLevels);
  levels.current = onLevels;
  const call = useMutation({
    mutationFn: async (persona: string) => {
      const audio = new AudioContext({ latencyHint: 'interactive' });
      setState({ now: 'calling' });
      const microphone = await openMicrophone();
      const begun = await change(devCallShape, 'POST', '/api/dev-phone/calls', { persona });
      const line = await PhoneLine.open(begun, microphone, audio, {
        onLevels: (said, heard) => levels.current(said, heard),
        onClosed: () => setState({ now: 'over', callId: begun.callId }),
      });
      const muted = microphone.kind === 'on' ? null : microphone.why;
      setState({ now: 'talking', callId: begun.callId, line, muted });
    },
    onError: (error) => {
      setState({ now: 'idle' });
      tellProblem(error);
    },
  });
  const say = useMutation({
    mutationFn: async (text: string) => {
      const { audioBase64 } = await change(devSpeechShape, 'POST', '/api/dev-phone/speech', { text });
      if (state.now === 'talking') state.line.say(bytesOf(audioBase64));
    },
    onError: tellProblem,
  });
  return { state, call, say };
}
