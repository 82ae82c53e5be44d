CREATE TABLE "house_costs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "house_costs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"what" text NOT NULL,
	"vendor" text NOT NULL,
	"sku" text NOT NULL,
	"units" bigint NOT NULL,
	"vendor_micro_cents" bigint NOT NULL,
	"vendor_card" text NOT NULL,
	"vendor_reference" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "house_costs_vendor_sku_vendor_reference_index" ON "house_costs" USING btree ("vendor","sku","vendor_reference");