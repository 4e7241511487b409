-- The inserts that a text must cost at least: the journalled event, the message, the counter of its business.
\set business random(1, :businesses)
BEGIN;
INSERT INTO gateway_webhooks_inboundevent (id, kind, provider, account, unique_key, method, lane, path, headers,
    content_type, body, body_file, size, received_at, state, due_at, attempts, outcome, detail)
VALUES (time_ordered_id(), 'twilio_inbound', 'twilio', 'ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',
    'twilio_inbound/twilio/' || gen_random_uuid(), 'POST', '+14155550001 +1628' || left(gen_random_uuid()::text, 8),
    '/webhooks/twilio/inbound/', '{}', 'application/x-www-form-urlencoded; charset=UTF-8',
    decode(repeat('5a', 560), 'hex'), '', 560, clock_timestamp(), 'due', clock_timestamp(), 0, '', '');
INSERT INTO gateway_customermessage (id, channel, quoted, language, is_automatic, filed_by, filed_note,
    listing_snapshot, subject, message, sender_name, sender_email, sender_phone, reply_by, context, status,
    is_archived, is_spam, created_at, last_activity_at, waiting_since, snippet, reply_count, business_id, contact_id,
    recipient_id)
VALUES (time_ordered_id(), 'sms', '', '', false, 'dedicated', '', '{}', repeat('words ', 12), repeat('words ', 16),
    '', '', '+16280000001', '', '{}', 'unread', false, false, clock_timestamp(), clock_timestamp(),
    clock_timestamp(), repeat('words ', 16), 0, counted_id(:business), counted_id(:business), counted_id(:business));
UPDATE gateway_unreadcounter SET unread = unread + 1
    WHERE business_id = counted_id(:business) AND listing_id IS NULL;
COMMIT;
