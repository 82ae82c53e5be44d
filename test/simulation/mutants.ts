/**
 * Bugs planted on purpose. Each changes one place of the compiled product; the simulator has to find every one of
 * them, or it would not find the like of it either. `find` occurs exactly once in the file.
 */
export interface Mutant {
  name: string;
  /** Below dist/server/. */
  file: string;
  find: string;
  replace: string;
}

export const mutants: readonly Mutant[] = [
  {
    name: 'a turn whose end is told twice is answered twice',
    file: 'call/conversation/caller.js',
    find: 'if (turn <= cx.s.endedTurn)',
    replace: 'if (false)',
  },
  {
    name: 'a draft is spoken although the caller said something else',
    file: 'call/conversation/turn.js',
    find: '!sameWords(draft.askedWith, text) || ',
    replace: '',
  },
  {
    name: 'a reply is drafted while another is being thought',
    file: 'call/conversation/turn.js',
    find: "thought.now !== 'none' || mouth.length > 0 || ",
    replace: '',
  },
  {
    name: 'a reply that was interrupted is not cancelled',
    file: 'call/conversation/thought.js',
    find: "    if (thought.now === 'asking') {\n        cx.fx.push({ type: 'llm.cancel', req: thought.req });\n        if (thought.utt !== null)",
    replace: "    if (thought.now === 'asking') {\n        if (thought.utt !== null)",
  },
  {
    name: 'the model is asked about a tool while the caller is speaking',
    file: 'call/conversation/thought.js',
    find: "caller.now === 'quiet' && thought.now === 'none'",
    replace: "thought.now === 'none'",
  },
  {
    name: 'a goodbye can be interrupted',
    file: 'call/conversation/caller.js',
    find: "    if (call.phase !== 'talking')\n        return false;",
    replace: '',
  },
  {
    name: 'the line is hung up when the goodbye was sent, not when it was heard',
    file: 'call/conversation/closing.js',
    find: '            if (cx.s.mouth.length === 0)\n                hangUp(',
    replace: '            if (cx.s.mouth.every((u) => u.totalMs !== null))\n                hangUp(',
  },
  {
    name: 'a hold without words never ends',
    file: 'call/conversation/barge.js',
    find: "cx.s.barge.now === 'held' && cx.at >= cx.s.barge.resumeAt",
    replace: 'false',
  },
  {
    name: 'after a hold everything is said again from the beginning',
    file: 'call/conversation/barge.js',
    find: 'const fromMs = wordBegin(utterance, barge.earMs);',
    replace: 'const fromMs = 0;',
  },
  {
    name: 'what was cut off stays in the playback',
    file: 'call/conversation/mouth.js',
    find: "cx.fx.push({ type: 'line.forget' });",
    replace: '',
  },
  {
    name: 'a lost mark is waited for without end',
    file: 'call/conversation/mouth.js',
    find: 'change(cx, first.id, () => ({ drainAt: cx.at + leftMs + cx.s.config.tunables.drainGraceMs }));',
    replace: '',
  },
  {
    name: 'an utterance that was heard before the one on air is lost when the line is cleared',
    file: 'call/conversation/mouth.js',
    find: '    leaveWhatWasHeard(cx);\n    const [first] = cx.s.mouth;',
    replace: '    const [first] = cx.s.mouth;',
  },
  {
    name: 'after a failure of text-to-speech all of the text is said again',
    file: 'call/conversation/synthesis.js',
    find: 'const rest = failed.said.slice(kept.length) + failed.pending;',
    replace: 'const rest = failed.said + failed.pending;',
  },
  {
    name: 'words count as spoken although their audio never came',
    file: 'call/conversation/synthesis.js',
    find: 'const kept = heardText(failed.said, failed.words, gotNow);',
    replace: 'const kept = failed.said;',
  },
  {
    name: 'text-to-speech that falls silent is waited for',
    file: 'call/conversation/synthesis.js',
    find: 'if (now > current.stall.gotMs || !owesAudio(current))',
    replace: 'if (true)',
  },
  {
    name: 'the ear is taken to be where the line is now, not where it is when a clear arrives',
    file: 'call/playback.js',
    find: ' - stretch.delay.value + this.#roundTrip.value',
    replace: ' - stretch.delay.value',
  },
  {
    name: 'audio that arrives after a cut goes out',
    file: 'call/playback.js',
    find: 'this.#forgottenUpTo = this.#newest;',
    replace: '',
  },
  {
    name: 'text-to-speech is left open after the call',
    file: 'call/session.js',
    find: 'this.#tts.close();',
    replace: '',
  },
  {
    name: 'both models are heard at once',
    file: 'llm/hedged.js',
    find: '(this.#winner === null || this.#winner === runner)',
    replace: 'true',
  },
  {
    name: 'turns are counted from the beginning again after speech-to-text was lost',
    file: 'stt/hearing.js',
    find: 'this.#turnOffset = this.#nextTurn;',
    replace: 'this.#turnOffset = 0;',
  },
  {
    name: 'an act that is reported again is billed again',
    file: 'cost/tracker.js',
    find: 'const change = units - (act?.units ?? 0n);',
    replace: 'const change = units;',
  },
  {
    name: 'somebody who wants no more calls is talked on to',
    file: 'call/conversation/caller.js',
    find: 'const wantsNoMore = asksForNoMoreCalls(text);',
    replace: 'const wantsNoMore = false;',
  },
  {
    name: 'a disclosure that is due is never said',
    file: 'call/conversation/house-lines.js',
    find: "if (cx.s.disclosure.now !== 'due' || !isFloorFree(cx))",
    replace: 'if (true)',
  },
  {
    name: 'the star key silences the persona for good',
    file: 'call/conversation/house-lines.js',
    find: 'cx.at + cx.s.config.tunables.quietMs',
    replace: 'Number.POSITIVE_INFINITY',
  },
  {
    name: 'a machine is talked to like anybody',
    file: 'call/conversation/step.js',
    find: "return beginClosing(cx, 'machine', cx.s.config.voicemail);",
    replace: 'return;',
  },
  {
    name: 'what a call screener says goes to the model',
    file: 'call/conversation/caller.js',
    find: 'isScreener(text))\n        answerScreener(cx);',
    replace: 'false)\n        answerScreener(cx);',
  },
  {
    name: 'a call is recorded although nobody said yes',
    file: 'call/conversation/recording.js',
    find: "if (answer === 'yes')\n        start(cx);",
    replace: 'if (true)\n        start(cx);',
  },
  {
    name: 'an announcement that was cut off counts as heard',
    file: 'call/conversation/recording.js',
    find: '!entry.interrupted && isWhole(state, entry.text)',
    replace: 'true',
  },
  {
    name: 'a recording that somebody wants ended goes on',
    file: 'call/conversation/caller.js',
    find: 'if (endsIt)\n        endRecording(cx);',
    replace: '',
  },
];
