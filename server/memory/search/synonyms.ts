import { stemOf } from './words.ts';

/** Groups of everyday words that people use for the same thing. Found words of a group count a little for the others. */
const GROUPS = [
  'job work career profession occupation employment',
  'boss manager supervisor',
  'colleague coworker teammate',
  'child kid son daughter children',
  'mother mom mum mama',
  'father dad papa',
  'parents mother father',
  'sibling brother sister',
  'wife husband spouse partner',
  'boyfriend girlfriend partner date dating',
  'married marriage wedding marry',
  'divorce breakup separated',
  'friend buddy pal mate',
  'house home apartment flat',
  'live lives residence moved',
  'doctor physician medical clinic',
  'sick ill illness disease',
  'medicine medication pill drug',
  'happy glad joy excited thrilled',
  'sad unhappy depressed down upset',
  'angry mad furious annoyed',
  'afraid scared fear anxious nervous worried',
  'tired exhausted sleepy',
  'hobby hobbies pastime interest',
  'exercise workout gym training fitness',
  'run running jog jogging marathon',
  'food meal dish eat dinner lunch breakfast',
  'cook cooking recipe bake baking',
  'car vehicle drive driving',
  'trip travel vacation holiday journey',
  'country nation abroad',
  'school college university class course study studies',
  'teacher instructor professor',
  'book novel read reading author',
  'movie film cinema show series',
  'music song band concert instrument sing',
  'paint painting art drawing artist sketch',
  'picture photo photograph image',
  'pet dog cat puppy kitten animal',
  'buy bought purchase shop shopping',
  'money cash pay price cost expensive',
  'baby babies pregnant pregnancy expecting twins',
  'quit resign notice',
  'name names named called',
  'argue argument fight quarrel',
  'destroy break broke ruin',
  'birthday born birth anniversary',
  'goal plan aim dream ambition',
  'volunteer charity donate community',
  'church religion faith belief spiritual',
  'start began begin beginning started',
  'like love enjoy favorite prefer',
  'gift present gave received',
] as const;

/** For each stem, the stems of the other words of its groups. */
const BY_STEM: ReadonlyMap<string, readonly string[]> = (() => {
  const map = new Map<string, Set<string>>();
  for (const group of GROUPS) {
    const stems = [...new Set(group.split(' ').map(stemOf))];
    for (const stem of stems) {
      const others = map.get(stem) ?? new Set();
      for (const other of stems) if (other !== stem) others.add(other);
      map.set(stem, others);
    }
  }
  return new Map([...map].map(([stem, others]) => [stem, [...others]]));
})();

export function synonymsOf(stem: string): readonly string[] {
  return BY_STEM.get(stem) ?? [];
}
