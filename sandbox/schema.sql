CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

-- HIS ---------------------------------------------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS campuses (
    code TEXT PRIMARY KEY, name TEXT NOT NULL, address TEXT NOT NULL, phone TEXT NOT NULL,
    longitude REAL NOT NULL, latitude REAL NOT NULL, sort INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS departments (
    code TEXT PRIMARY KEY, parent_code TEXT, name TEXT NOT NULL, campus_code TEXT, location TEXT NOT NULL,
    summary TEXT NOT NULL, sort INTEGER NOT NULL, active INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS doctors (
    code TEXT PRIMARY KEY, name TEXT NOT NULL, gender TEXT NOT NULL CHECK (gender IN ('male', 'female')),
    title TEXT NOT NULL, department_codes TEXT NOT NULL, specialty TEXT NOT NULL, sort INTEGER NOT NULL,
    active INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS schedules (
    code TEXT PRIMARY KEY, campus_code TEXT NOT NULL, department_code TEXT NOT NULL, doctor_code TEXT,
    date TEXT NOT NULL, session TEXT NOT NULL CHECK (session IN ('morning', 'afternoon', 'evening')),
    clinic_name TEXT NOT NULL, place TEXT NOT NULL, fee_fen INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'stopped')), updated_at TEXT NOT NULL,
    first_state TEXT NOT NULL, first_fee_fen INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS schedules_by_date ON schedules (date, department_code);
CREATE TABLE IF NOT EXISTS slots (
    code TEXT PRIMARY KEY, schedule_code TEXT NOT NULL REFERENCES schedules (code) ON DELETE CASCADE,
    number INTEGER NOT NULL, start TEXT NOT NULL, "end" TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('free', 'locked', 'taken', 'closed')), first_state TEXT NOT NULL,
    UNIQUE (schedule_code, number)
);
CREATE TABLE IF NOT EXISTS patients (
    patient_id TEXT PRIMARY KEY, card_no TEXT NOT NULL UNIQUE, request_no TEXT UNIQUE, id_type TEXT NOT NULL,
    id_number TEXT NOT NULL, name TEXT NOT NULL, phone TEXT NOT NULL, gender TEXT NOT NULL, birth_date TEXT NOT NULL,
    created_at TEXT NOT NULL, guardian TEXT NOT NULL DEFAULT '',
    UNIQUE (id_type, id_number)
);
-- A row without a slot is a tombstone: an unlock that came before its lock, so that the late lock is refused.
CREATE TABLE IF NOT EXISTS registrations (
    trade_no TEXT PRIMARY KEY, slot_code TEXT, schedule_code TEXT, patient_id TEXT, fee_fen INTEGER,
    number INTEGER, place TEXT, lock_id TEXT UNIQUE, locked_at TEXT, expires_at TEXT,
    state TEXT NOT NULL CHECK (state IN ('locked', 'expired', 'unlocked', 'confirmed', 'cancelled')),
    his_order_no TEXT UNIQUE, queue_no TEXT, paid_fen INTEGER, pay_channel TEXT, pay_transaction_id TEXT, paid_at TEXT,
    confirmed_at TEXT, checked_in INTEGER NOT NULL DEFAULT 0,
    his_cancel_no TEXT UNIQUE, refund_no TEXT, cancel_reason TEXT, cancelled_at TEXT, updated_at TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS one_live_registration_per_slot
    ON registrations (slot_code) WHERE state IN ('locked', 'confirmed');
CREATE UNIQUE INDEX IF NOT EXISTS one_live_registration_per_patient_and_schedule
    ON registrations (patient_id, schedule_code) WHERE state IN ('locked', 'confirmed');
CREATE INDEX IF NOT EXISTS locks_by_expiry ON registrations (expires_at) WHERE state = 'locked';

-- The queue of a clinic; people from the window have no trade number. ``position`` orders it, a passed one goes back.
CREATE TABLE IF NOT EXISTS queue_entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, schedule_code TEXT NOT NULL, trade_no TEXT UNIQUE, queue_no TEXT NOT NULL,
    position REAL NOT NULL, state TEXT NOT NULL CHECK (state IN ('waiting', 'called', 'passed', 'done')),
    request_no TEXT, checked_in_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS queue_by_schedule ON queue_entries (schedule_code, position);

-- WeChat ------------------------------------------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS users (
    user TEXT PRIMARY KEY, openid TEXT NOT NULL UNIQUE, name TEXT NOT NULL, about TEXT NOT NULL, sort INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS oauth_codes (
    code TEXT PRIMARY KEY, openid TEXT NOT NULL, scope TEXT NOT NULL, expires_at INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS access_tokens (
    token TEXT PRIMARY KEY, kind TEXT NOT NULL, expires_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS template_messages (
    msgid INTEGER PRIMARY KEY AUTOINCREMENT, openid TEXT NOT NULL, template_id TEXT NOT NULL, url TEXT NOT NULL,
    data TEXT NOT NULL, client_msg_id TEXT, sent_at TEXT NOT NULL, sent_unix INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_by_client_id ON template_messages (client_msg_id, sent_unix);
CREATE INDEX IF NOT EXISTS messages_by_openid ON template_messages (openid, msgid);

-- Tencent Cloud -------------------------------------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS text_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, phone TEXT NOT NULL, text TEXT NOT NULL, params TEXT NOT NULL, at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS text_messages_by_phone ON text_messages (phone, id);
CREATE TABLE IF NOT EXISTS citizens (id_number TEXT PRIMARY KEY, name TEXT NOT NULL, phone TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS chat_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, openid TEXT NOT NULL, sender TEXT NOT NULL CHECK (sender IN ('user', 'account')),
    content TEXT NOT NULL, sent_at TEXT NOT NULL, sent_unix INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS chats_by_openid ON chat_messages (openid, id);
CREATE TABLE IF NOT EXISTS service_forms (
    request_no TEXT PRIMARY KEY, service TEXT NOT NULL, receipt_no TEXT NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS materials (
    media_id TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('body', 'image', 'thumb')), name TEXT NOT NULL,
    content BLOB NOT NULL, created_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS drafts (
    media_id TEXT PRIMARY KEY, articles TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);

-- WeChat Pay --------------------------------------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS transactions (
    out_trade_no TEXT PRIMARY KEY, request TEXT NOT NULL, description TEXT NOT NULL, attach TEXT,
    notify_url TEXT NOT NULL, total INTEGER NOT NULL, currency TEXT NOT NULL, openid TEXT NOT NULL, time_expire TEXT,
    prepay_id TEXT NOT NULL UNIQUE, prepay_expires_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('NOTPAY', 'USERPAYING', 'SUCCESS', 'REFUND', 'CLOSED', 'REVOKED')),
    transaction_id TEXT UNIQUE, success_time TEXT, created_at TEXT NOT NULL,
    mchid TEXT NOT NULL, sub_mchid TEXT NOT NULL, appid TEXT NOT NULL, trade_type TEXT NOT NULL, combine_no TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS transactions_by_combine ON transactions (combine_no) WHERE combine_no <> '';
CREATE INDEX IF NOT EXISTS transactions_by_success ON transactions (success_time);

CREATE TABLE IF NOT EXISTS refunds (
    out_refund_no TEXT PRIMARY KEY, refund_id TEXT NOT NULL UNIQUE, request TEXT NOT NULL, out_trade_no TEXT NOT NULL
        REFERENCES transactions (out_trade_no) ON DELETE CASCADE,
    amount INTEGER NOT NULL CHECK (amount > 0), reason TEXT, notify_url TEXT,
    state TEXT NOT NULL CHECK (state IN ('PROCESSING', 'SUCCESS', 'CLOSED', 'ABNORMAL')),
    due REAL NOT NULL, created_at TEXT NOT NULL, success_time TEXT
);
CREATE INDEX IF NOT EXISTS refunds_by_time ON refunds (created_at);
CREATE INDEX IF NOT EXISTS refunds_due ON refunds (due) WHERE state = 'PROCESSING';
CREATE TABLE IF NOT EXISTS callbacks (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('pay', 'refund')), event_type TEXT NOT NULL,
    out_trade_no TEXT NOT NULL, out_refund_no TEXT, url TEXT NOT NULL, resource TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'held', 'delivered', 'given_up', 'suppressed')),
    attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL, created_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS callbacks_due ON callbacks (next_at) WHERE state IN ('pending', 'held');
CREATE TABLE IF NOT EXISTS callback_attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, callback_id TEXT NOT NULL REFERENCES callbacks (id) ON DELETE CASCADE,
    at TEXT NOT NULL, status INTEGER, answer TEXT NOT NULL, ms INTEGER NOT NULL
);
