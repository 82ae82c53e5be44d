ALTER TABLE "memory_documents" ADD COLUMN "label" text DEFAULT '' NOT NULL;--> statement-breakpoint
UPDATE memory_documents d SET label = translate(m.slot, '_.', '  '), aliases = trim(d.aliases || ' ' || translate(m.slot, '_.', '  '))
FROM memories m WHERE m.id = d.memory_id AND m.slot IS NOT NULL;
