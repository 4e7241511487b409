"""What PostgreSQL is told, to make a large gateway out of numbers.

Of the words, "bicycle" is in a quarter of all conversations, "velvet" in a tenth of those of every
business but the first, "tandem" in a twentieth, all of them in the older half. Each customer has a
name of his own and a telephone number `+1415` and the seven digits of his own number.
"""

from __future__ import annotations

SETTINGS = """
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '1GB';
SET work_mem = '256MB';
"""

RESET = """
RESET session_replication_role;
RESET synchronous_commit;
RESET maintenance_work_mem;
RESET work_mem;
"""

# What random numbers would do, but the same every time.
_FUNCTIONS = """
CREATE OR REPLACE FUNCTION pg_temp.chance(n bigint, purpose int) RETURNS float LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8extended(n, purpose) & 2147483647) / 2147483648.0 $$;

CREATE OR REPLACE FUNCTION pg_temp.id_at(at timestamptz, n bigint, purpose int) RETURNS uuid LANGUAGE sql AS
$$ SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n || ' ' || purpose), 1, 3)
        || 'a' || substr(md5(n || ' ' || purpose), 4, 15))::uuid $$;

CREATE OR REPLACE FUNCTION pg_temp.syllable(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT ('{ka,lo,mi,ne,ru,sa,te,vo,zi,ba,du,fe,gi,ho,ju,ly,my,no,pe,qua}'::text[])[1 + mod(n, 20)] $$;

CREATE OR REPLACE FUNCTION pg_temp.spelled(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT pg_temp.syllable(n) || pg_temp.syllable(n / 20) || pg_temp.syllable(n / 400) || pg_temp.syllable(n / 8000) $$;

CREATE OR REPLACE FUNCTION pg_temp.searched(business uuid, texts text) RETURNS tsvector LANGUAGE sql IMMUTABLE AS
$$ SELECT array_to_tsvector(array_agg(right(business::text, 5) || word))
   FROM regexp_split_to_table(lower(texts), '[^a-z0-9]+') AS word WHERE word <> '' $$;
"""

# Each of these is what many wrote: dealing out words takes long. Of 5,000 words the later are the rarer.
_PLAN_TEXTS = """
CREATE TEMP TABLE plan_word AS SELECT rank, pg_temp.spelled(31 * rank) AS word FROM generate_series(1, 5000) AS rank;
CREATE TEMP TABLE plan_text AS
SELECT t AS number, string_agg(word, ' ') FILTER (WHERE w <= 2) AS subject,
       string_agg(word, ' ') FILTER (WHERE w BETWEEN 3 AND 10) AS answer, string_agg(word, ' ') FILTER (WHERE w > 10) AS text
FROM generate_series(0, 19999) AS t CROSS JOIN generate_series(1, 22) AS w
JOIN plan_word ON rank = floor(power(5000, pg_temp.chance(t, w)))
GROUP BY t
"""

_PLAN_CONTACTS = """
CREATE TEMP TABLE plan_contact AS
SELECT c AS number, initcap(pg_temp.spelled(c / 7)) || ' ' || initcap(pg_temp.spelled(c)) || c AS name,
       pg_temp.spelled(c) || c || '@home.example' AS email, '+1415' || lpad(c::text, 7, '0') AS phone,
       pg_temp.id_at(now() - interval '2 years', c, 1) AS id,
       CASE WHEN mod(c, 5) = 0 THEN 0 ELSE 1 + floor(pg_temp.chance(c, 2) * (%(businesses)s - 1))::int END AS owner
FROM generate_series(1, %(messages)s / 2) AS c
"""

_PLAN_MESSAGES = """
CREATE TEMP TABLE plan_message AS
SELECT n, at, pg_temp.id_at(at, n, 3) AS id, pg_temp.id_at(at, n, 4) AS reply_id, pg_temp.id_at(at, n, 5) AS delivery_id,
       at + interval '1 day' * pg_temp.chance(n, 6) AS answered_at, c.id AS contact, c.name, c.email, c.phone,
       m.business, m.member, m.owner, status, status IN ('replied', 'archived') AS answered,
       CASE WHEN pg_temp.chance(n, 7) < 0.7 THEN m.listings[1 + floor(pg_temp.chance(n, 8) * 20)::int] END AS listing,
       CASE WHEN pg_temp.chance(n, 9) < 0.4 THEN 'sms' WHEN pg_temp.chance(n, 9) < 0.75 THEN 'email'
            WHEN pg_temp.chance(n, 9) < 0.95 THEN 'web' ELSE 'whatsapp' END AS channel,
       pg_temp.chance(n, 10) < 0.03 AS is_spam, pg_temp.chance(n, 11) < 0.005 AS is_deleted, pg_temp.chance(n, 12) < 0.01 AS has_failed,
       t.subject, t.answer, t.text
         || CASE WHEN pg_temp.chance(n, 13) < 0.25 THEN ' bicycle' ELSE '' END
         || CASE WHEN c.owner > 0 AND pg_temp.chance(n, 14) < 0.1 THEN ' velvet' ELSE '' END
         || CASE WHEN n < %(messages)s / 2 AND pg_temp.chance(n, 15) < 0.1 THEN ' tandem' ELSE '' END AS text
FROM generate_series(1, %(messages)s) AS n
CROSS JOIN LATERAL (SELECT now() - interval '2 years' * (1 - n::float / %(messages)s) - interval '1 day' AS at) AS moment
CROSS JOIN LATERAL (SELECT pg_temp.chance(n, 16) AS p) AS dice
CROSS JOIN LATERAL (SELECT CASE WHEN p < 0.02 THEN 'unread' WHEN p < 0.1 THEN 'read'
                                WHEN p < 0.6 THEN 'replied' ELSE 'archived' END AS status) AS state
JOIN plan_contact AS c ON c.number = 1 + mod(n * 7919::bigint, %(messages)s / 2)
JOIN plan_member AS m ON m.number = c.owner
JOIN plan_text AS t ON t.number = floor(pg_temp.chance(n, 17) * 20000)::int
ORDER BY n
"""

_CONTACTS = """
INSERT INTO gateway_contact (id, created_at, business_id, name, language)
SELECT c.id, now() - interval '2 years', m.business, c.name, '' FROM plan_contact AS c JOIN plan_member AS m ON m.number = c.owner
"""

_ADDRESSES = """
INSERT INTO gateway_contactaddress (id, created_at, contact_id, business_id, channel, address, normalized)
SELECT pg_temp.id_at(now() - interval '2 years', c.number, 20 + way), now(), c.id, m.business, channel, address, address
FROM plan_contact AS c JOIN plan_member AS m ON m.number = c.owner
CROSS JOIN LATERAL (VALUES (1, 'email', c.email), (2, 'sms', c.phone)) AS ways (way, channel, address)
"""

_MESSAGES = """
INSERT INTO gateway_customermessage
  (id, business_id, contact_id, recipient_id, listing_id, listing_snapshot, subject, message, sender_name, sender_email,
   sender_phone, reply_by, context, channel, quoted, language, is_automatic, filed_by, filed_note, status, is_archived,
   is_spam, created_at, read_at, last_reply_at, last_activity_at, waiting_since, deleted_at, snippet, reply_count, has_failed)
SELECT id, business, contact, owner, listing, '{}', subject, text, name, email, phone, '', '{}', channel, '', '', false,
       'form', '', status, status = 'archived', is_spam, at, CASE WHEN status <> 'unread' THEN at END,
       CASE WHEN answered THEN answered_at END, CASE WHEN answered THEN answered_at ELSE at END,
       CASE WHEN NOT answered THEN at END, CASE WHEN is_deleted THEN now() END, left(CASE WHEN answered THEN answer ELSE text END, 160), answered::int, answered AND has_failed
FROM plan_message ORDER BY n
"""

_REPLIES = """
INSERT INTO gateway_messagereply
  (id, message_id, direction, sender_id, sender_name, from_address, written_via, reply, created_at, channel, quoted,
   language, is_automatic, filed_by, filed_note)
SELECT reply_id, id, 'outbound', owner, 'Owner', '', 'dashboard', answer, answered_at, channel, '', '', false, '', ''
FROM plan_message WHERE answered ORDER BY n
"""

_PARTICIPANTS = """
INSERT INTO gateway_participant (id, created_at, message_id, contact_id, generation, reply_hash, read_hash)
SELECT pg_temp.id_at(at, n, 30), at, id, contact, 1, encode(sha256(('reply ' || n)::bytea), 'hex'), encode(sha256(('read ' || n)::bytea), 'hex')
FROM plan_message ORDER BY n
"""

_DELIVERIES = """
INSERT INTO channels_out_delivery
  (id, channel, to_address, payload, purpose, lane, on_doubt, message_id, state, due_at, attempts, error_name, error_code,
   reason, next_step, provider, provider_id, created_at, queued_at, sent_at, failed_at)
SELECT delivery_id, 'email', email, '{}', 'reply', '', 'ask', n || '@mail.million.example',
       CASE WHEN has_failed THEN 'failed' ELSE 'sent' END, NULL, 1, '', '', '', '', 'smtp', '', answered_at, answered_at,
       CASE WHEN NOT has_failed THEN answered_at END, CASE WHEN has_failed THEN answered_at END
FROM plan_message WHERE answered ORDER BY n
"""

_DISPATCHES = """
INSERT INTO gateway_dispatch (id, created_at, delivery_id, message_id, reply_id)
SELECT pg_temp.id_at(at, n, 40), answered_at, delivery_id, id, reply_id FROM plan_message WHERE answered ORDER BY n
"""

# Every text with the words of its customer and subject; the first one with the customer's addresses as well.
_SEARCH = """
INSERT INTO gateway_searchtext (id, business_id, message_id, words)
SELECT id, business, id, pg_temp.searched(business, concat_ws(' ', name, subject, email, text,
       (SELECT string_agg(right(phone, ending), ' ') FROM generate_series(3, 11) AS ending)))
FROM plan_message ORDER BY n;
INSERT INTO gateway_searchtext (id, business_id, message_id, words)
SELECT reply_id, business, id, pg_temp.searched(business, concat_ws(' ', name, subject, answer)) FROM plan_message WHERE answered ORDER BY n
"""

_COUNTERS = """
INSERT INTO gateway_unreadcounter (business_id, listing_id, unread)
SELECT business, listing, count(*) FILTER (WHERE status = 'unread' AND NOT is_spam AND NOT is_deleted)
FROM plan_message WHERE listing IS NOT NULL GROUP BY business, listing;
INSERT INTO gateway_unreadcounter (business_id, listing_id, unread)
SELECT business, NULL, count(*) FILTER (WHERE status = 'unread' AND NOT is_spam AND NOT is_deleted)
FROM plan_message GROUP BY business
"""

_CLEAR = "DROP TABLE plan_member, plan_word, plan_text, plan_contact, plan_message"

ROWS = (
    _FUNCTIONS,
    _PLAN_TEXTS,
    _PLAN_CONTACTS,
    "ANALYZE plan_text",
    "ANALYZE plan_contact",
    _PLAN_MESSAGES,
    "ANALYZE plan_message",
    _CONTACTS,
    _ADDRESSES,
    _MESSAGES,
    _REPLIES,
    _PARTICIPANTS,
    _DELIVERIES,
    _DISPATCHES,
    _SEARCH,
    _COUNTERS,
    _CLEAR,
)
