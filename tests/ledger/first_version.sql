BEGIN TRANSACTION;
CREATE TABLE audit (
	seq INTEGER NOT NULL, 
	content TEXT NOT NULL, 
	previous TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (hash)
);
INSERT INTO "audit" VALUES(1,'{"key":"3aed8ba02c33f9d1cacd2e3b2a153e34","kind":"effect","rows":{"effect_targets":[{"effect_id":"3aed8ba02c33f9d1cacd2e3b2a153e34","held":10,"open":0,"order_id":"0f0f0f0f-0000-0000-0000-000000000001","position":0,"quantity":10,"reservation_id":"0e0e0e0e-0000-0000-0000-000000000001"}],"effects":[{"action_id":"action-1","address":"contoso/sql-1","cap_commitment":100000,"cap_currency":"USD","cap_refund":88000,"customer":"contoso","detail":"{\"on\":\"2026-11-20\"}","effect_id":"3aed8ba02c33f9d1cacd2e3b2a153e34","fulfils":1,"intended_at":"2026-11-22T12:00:00.000000Z","kind":"cancel","order_id":"0f0f0f0f-0000-0000-0000-000000000001","plan_id":"plan-1","quantity":10,"refund":88000,"refund_currency":"EUR","request_digest":"sha256:aa","reservation_id":"0e0e0e0e-0000-0000-0000-000000000001","run_id":"run-1","sent_at":null,"settled_at":"2026-11-22T12:05:00.000250Z","state":"confirmed","tenant_id":"11111111-2222-3333-4444-555555555555"}]},"seq":1}','0000000000000000000000000000000000000000000000000000000000000000','5617e0f50ebf2de79939b5899be4b46a381c8c3d770bc7375d9ddb2fa3188e7a');
INSERT INTO "audit" VALUES(2,'{"key":"3aed8ba02c33f9d1cacd2e3b2a153e34","kind":"cap entry","rows":{"cap_entries":[{"commitment":100000,"currency":"USD","customer":"contoso","effect_id":"3aed8ba02c33f9d1cacd2e3b2a153e34","entry_id":1,"exchange":0,"on_day":"2026-11-22","refund":88000,"reservation_id":"0e0e0e0e-0000-0000-0000-000000000001"}]},"seq":2}','5617e0f50ebf2de79939b5899be4b46a381c8c3d770bc7375d9ddb2fa3188e7a','b94eaa60ac38fc22ba363a67f9179a845101d093ca5dfeb21e7cef30cb843e97');
INSERT INTO "audit" VALUES(3,'{"key":1,"kind":"booking","rows":{"bookings":[{"booked_at":"2026-11-22T12:05:00.000250Z","booking_id":1,"customer":"contoso","effect_id":"3aed8ba02c33f9d1cacd2e3b2a153e34","kind":"refunded","memo":"{\"action\":\"cancel\",\"address\":\"contoso/sql-1\",\"passThrough\":\"0.9\"}","on_day":"2026-11-20","reference":null}],"postings":[{"account":"Receivable from Microsoft","amount":88000,"booking_id":1,"currency":"EUR","line":1},{"account":"Payable to customer","amount":-79200,"booking_id":1,"currency":"EUR","line":2},{"account":"Refunds kept","amount":-8800,"booking_id":1,"currency":"EUR","line":3}]},"seq":3}','b94eaa60ac38fc22ba363a67f9179a845101d093ca5dfeb21e7cef30cb843e97','7af09b75c0815c0ba3f09889340c9ff02f205cbc28facbf5887f254c853e8aaf');
INSERT INTO "audit" VALUES(4,'{"key":"d7033ba931303a1292388d1776ba5bf8","kind":"effect","rows":{"effect_targets":[{"effect_id":"d7033ba931303a1292388d1776ba5bf8","held":10,"open":0,"order_id":"0f0f0f0f-0000-0000-0000-000000000001","position":0,"quantity":10,"reservation_id":"0e0e0e0e-0000-0000-0000-000000000003"}],"effects":[{"action_id":"action-1","address":"contoso/sql-3","cap_commitment":null,"cap_currency":null,"cap_refund":null,"customer":"contoso","detail":"{}","effect_id":"d7033ba931303a1292388d1776ba5bf8","fulfils":1,"intended_at":"2026-11-22T12:00:00.000000Z","kind":"protection","order_id":"0f0f0f0f-0000-0000-0000-000000000001","plan_id":"plan-1","quantity":10,"refund":null,"refund_currency":null,"request_digest":"sha256:aa","reservation_id":"0e0e0e0e-0000-0000-0000-000000000003","run_id":"run-1","sent_at":null,"settled_at":"2026-11-22T12:05:00.000250Z","state":"confirmed","tenant_id":"11111111-2222-3333-4444-555555555555"}]},"seq":4}','7af09b75c0815c0ba3f09889340c9ff02f205cbc28facbf5887f254c853e8aaf','55b28810150671b6f49c172b2b1a5d31f6a8a1dca990a95ec42cd5417b63241f');
INSERT INTO "audit" VALUES(5,'{"key":2,"kind":"booking","rows":{"bookings":[{"booked_at":"2026-11-22T12:05:00.000250Z","booking_id":2,"customer":"contoso","effect_id":"3aed8ba02c33f9d1cacd2e3b2a153e34","kind":"received","memo":"{\"address\":\"contoso/sql-1\",\"partial\":false}","on_day":"2026-12-08","reference":"G0042-17"}],"postings":[{"account":"Bank","amount":87950,"booking_id":2,"currency":"EUR","line":1},{"account":"Receivable from Microsoft","amount":-88000,"booking_id":2,"currency":"EUR","line":2},{"account":"Refund differences","amount":50,"booking_id":2,"currency":"EUR","line":3}]},"seq":5}','55b28810150671b6f49c172b2b1a5d31f6a8a1dca990a95ec42cd5417b63241f','90e8a62100154b7b218f2aa4156063eb699ef2369fde396f85544a2711ca00b6');
INSERT INTO "audit" VALUES(6,'{"key":3,"kind":"booking","rows":{"bookings":[{"booked_at":"2026-11-22T12:05:00.000250Z","booking_id":3,"customer":"contoso","effect_id":null,"kind":"settled","memo":"{\"beyondOwed\":false}","on_day":"2026-12-10","reference":"CN-7"}],"postings":[{"account":"Payable to customer","amount":50000,"booking_id":3,"currency":"EUR","line":1},{"account":"Credit notes issued","amount":-50000,"booking_id":3,"currency":"EUR","line":2}]},"seq":6}','90e8a62100154b7b218f2aa4156063eb699ef2369fde396f85544a2711ca00b6','499e785e0cd613bdf7db6fc5d076783fba94d69c1ffa50aa0f9d8b798f259535');
CREATE TABLE bookings (
	booking_id INTEGER NOT NULL, 
	kind TEXT NOT NULL CHECK (kind IN ('refunded', 'received', 'settled')), 
	customer TEXT NOT NULL, 
	on_day TEXT NOT NULL, 
	effect_id TEXT, 
	reference TEXT, 
	memo TEXT NOT NULL, 
	booked_at TEXT NOT NULL, 
	PRIMARY KEY (booking_id), 
	FOREIGN KEY(effect_id) REFERENCES effects (effect_id)
);
INSERT INTO "bookings" VALUES(1,'refunded','contoso','2026-11-20','3aed8ba02c33f9d1cacd2e3b2a153e34',NULL,'{"action":"cancel","address":"contoso/sql-1","passThrough":"0.9"}','2026-11-22T12:05:00.000250Z');
INSERT INTO "bookings" VALUES(2,'received','contoso','2026-12-08','3aed8ba02c33f9d1cacd2e3b2a153e34','G0042-17','{"address":"contoso/sql-1","partial":false}','2026-11-22T12:05:00.000250Z');
INSERT INTO "bookings" VALUES(3,'settled','contoso','2026-12-10',NULL,'CN-7','{"beyondOwed":false}','2026-11-22T12:05:00.000250Z');
CREATE TABLE cap_entries (
	entry_id INTEGER NOT NULL, 
	customer TEXT NOT NULL, 
	on_day TEXT NOT NULL, 
	reservation_id TEXT NOT NULL, 
	refund BIGINT NOT NULL, 
	commitment BIGINT NOT NULL, 
	currency TEXT NOT NULL, 
	effect_id TEXT NOT NULL, 
	exchange BOOLEAN NOT NULL, 
	PRIMARY KEY (entry_id), 
	UNIQUE (effect_id), 
	FOREIGN KEY(effect_id) REFERENCES effects (effect_id)
);
INSERT INTO "cap_entries" VALUES(1,'contoso','2026-11-22','0e0e0e0e-0000-0000-0000-000000000001',88000,100000,'USD','3aed8ba02c33f9d1cacd2e3b2a153e34',0);
CREATE TABLE effect_targets (
	effect_id TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	reservation_id TEXT NOT NULL, 
	order_id TEXT NOT NULL, 
	held BIGINT NOT NULL, 
	quantity BIGINT NOT NULL, 
	open BOOLEAN NOT NULL, 
	PRIMARY KEY (effect_id, position), 
	FOREIGN KEY(effect_id) REFERENCES effects (effect_id)
);
INSERT INTO "effect_targets" VALUES('3aed8ba02c33f9d1cacd2e3b2a153e34',0,'0e0e0e0e-0000-0000-0000-000000000001','0f0f0f0f-0000-0000-0000-000000000001',10,10,0);
INSERT INTO "effect_targets" VALUES('65c2b5d719da1d3a6cd90ce55209a5b9',0,'0e0e0e0e-0000-0000-0000-000000000002','0f0f0f0f-0000-0000-0000-000000000001',10,10,1);
INSERT INTO "effect_targets" VALUES('d7033ba931303a1292388d1776ba5bf8',0,'0e0e0e0e-0000-0000-0000-000000000003','0f0f0f0f-0000-0000-0000-000000000001',10,10,0);
CREATE TABLE effects (
	effect_id TEXT NOT NULL, 
	run_id TEXT NOT NULL, 
	plan_id TEXT NOT NULL, 
	action_id TEXT NOT NULL, 
	customer TEXT NOT NULL, 
	tenant_id TEXT NOT NULL, 
	address TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	order_id TEXT NOT NULL, 
	reservation_id TEXT NOT NULL, 
	quantity BIGINT NOT NULL, 
	request_digest TEXT NOT NULL, 
	fulfils BOOLEAN NOT NULL, 
	state TEXT NOT NULL CHECK (state IN ('intent', 'sent', 'confirmed', 'refused', 'unknown')), 
	intended_at TEXT NOT NULL, 
	sent_at TEXT, 
	settled_at TEXT, 
	detail TEXT NOT NULL, 
	refund BIGINT, 
	refund_currency TEXT, 
	cap_refund BIGINT, 
	cap_commitment BIGINT, 
	cap_currency TEXT, 
	PRIMARY KEY (effect_id), 
	FOREIGN KEY(run_id) REFERENCES runs (run_id)
);
INSERT INTO "effects" VALUES('3aed8ba02c33f9d1cacd2e3b2a153e34','run-1','plan-1','action-1','contoso','11111111-2222-3333-4444-555555555555','contoso/sql-1','cancel','0f0f0f0f-0000-0000-0000-000000000001','0e0e0e0e-0000-0000-0000-000000000001',10,'sha256:aa',1,'confirmed','2026-11-22T12:00:00.000000Z',NULL,'2026-11-22T12:05:00.000250Z','{"on":"2026-11-20"}',88000,'EUR',88000,100000,'USD');
INSERT INTO "effects" VALUES('65c2b5d719da1d3a6cd90ce55209a5b9','run-1','plan-1','action-1','contoso','11111111-2222-3333-4444-555555555555','contoso/sql-2','cancel','0f0f0f0f-0000-0000-0000-000000000001','0e0e0e0e-0000-0000-0000-000000000002',10,'sha256:aa',1,'sent','2026-11-22T12:00:00.000000Z','2026-11-22T12:05:00.000250Z',NULL,'{}',80667,'EUR',88000,100000,'USD');
INSERT INTO "effects" VALUES('d7033ba931303a1292388d1776ba5bf8','run-1','plan-1','action-1','contoso','11111111-2222-3333-4444-555555555555','contoso/sql-3','protection','0f0f0f0f-0000-0000-0000-000000000001','0e0e0e0e-0000-0000-0000-000000000003',10,'sha256:aa',1,'confirmed','2026-11-22T12:00:00.000000Z',NULL,'2026-11-22T12:05:00.000250Z','{}',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE locks (
	customer TEXT NOT NULL, 
	run_id TEXT NOT NULL, 
	holder TEXT NOT NULL, 
	host TEXT NOT NULL, 
	pid BIGINT NOT NULL, 
	process_mark TEXT, 
	acquired_at TEXT NOT NULL, 
	PRIMARY KEY (customer), 
	FOREIGN KEY(run_id) REFERENCES runs (run_id)
);
CREATE TABLE meta (
	schema_version INTEGER NOT NULL, 
	created_at TEXT NOT NULL
);
INSERT INTO "meta" VALUES(1,'2026-11-25T21:22:57.830885Z');
CREATE TABLE plans_used (
	plan_id TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	run_id TEXT NOT NULL, 
	used_at TEXT NOT NULL, 
	accepted TEXT DEFAULT '[]' NOT NULL, 
	PRIMARY KEY (plan_id), 
	FOREIGN KEY(run_id) REFERENCES runs (run_id)
);
INSERT INTO "plans_used" VALUES('plan-1','sha256:aa','run-1','2026-11-22T12:00:00.000000Z','[]');
CREATE TABLE postings (
	booking_id INTEGER NOT NULL, 
	line INTEGER NOT NULL, 
	account TEXT NOT NULL CHECK (account IN ('Receivable from Microsoft', 'Bank', 'Payable to customer', 'Credit notes issued', 'Refunds kept', 'Refund differences')), 
	amount BIGINT NOT NULL CHECK (amount <> 0), 
	currency TEXT NOT NULL, 
	PRIMARY KEY (booking_id, line), 
	FOREIGN KEY(booking_id) REFERENCES bookings (booking_id)
);
INSERT INTO "postings" VALUES(1,1,'Receivable from Microsoft',88000,'EUR');
INSERT INTO "postings" VALUES(1,2,'Payable to customer',-79200,'EUR');
INSERT INTO "postings" VALUES(1,3,'Refunds kept',-8800,'EUR');
INSERT INTO "postings" VALUES(2,1,'Bank',87950,'EUR');
INSERT INTO "postings" VALUES(2,2,'Receivable from Microsoft',-88000,'EUR');
INSERT INTO "postings" VALUES(2,3,'Refund differences',50,'EUR');
INSERT INTO "postings" VALUES(3,1,'Payable to customer',50000,'EUR');
INSERT INTO "postings" VALUES(3,2,'Credit notes issued',-50000,'EUR');
CREATE TABLE protections (
	customer TEXT NOT NULL, 
	reservation_id TEXT NOT NULL, 
	address TEXT NOT NULL, 
	protected BOOLEAN NOT NULL, 
	since_run TEXT NOT NULL, 
	since TEXT NOT NULL, 
	PRIMARY KEY (customer, reservation_id), 
	FOREIGN KEY(since_run) REFERENCES runs (run_id)
);
INSERT INTO "protections" VALUES('contoso','0e0e0e0e-0000-0000-0000-000000000003','contoso/sql-3',1,'run-1','2026-11-22T12:05:00.000250Z');
CREATE TABLE runs (
	run_id TEXT NOT NULL, 
	host TEXT NOT NULL, 
	pid BIGINT NOT NULL, 
	started_at TEXT NOT NULL, 
	finished_at TEXT, 
	PRIMARY KEY (run_id)
);
INSERT INTO "runs" VALUES('run-1','runner-1',4711,'2026-11-22T12:00:00.000000Z','2026-11-22T12:05:00.000250Z');
CREATE INDEX ix_effects_run_id ON effects (run_id);
CREATE INDEX ix_effects_customer ON effects (customer);
CREATE UNIQUE INDEX one_open_effect ON effect_targets (reservation_id) WHERE open;
CREATE INDEX ix_cap_entries_customer ON cap_entries (customer);
CREATE INDEX ix_bookings_customer ON bookings (customer);
CREATE INDEX ix_bookings_effect_id ON bookings (effect_id);
CREATE UNIQUE INDEX one_line_of_an_invoice ON bookings (reference, effect_id) WHERE kind = 'received';
CREATE UNIQUE INDEX one_refund_of_an_effect ON bookings (effect_id) WHERE kind = 'refunded';
CREATE UNIQUE INDEX one_credit_note ON bookings (reference) WHERE kind = 'settled';
COMMIT;
