-- The whole answer, of any route: its status and its bytes as they were sent.
ALTER TABLE idempotent_answer
    DROP COLUMN body,
    ADD COLUMN status smallint CHECK (status BETWEEN 200 AND 399),
    ADD COLUMN answer bytea,
    ADD COLUMN is_sealed boolean NOT NULL DEFAULT false,
    ADD CHECK ((status IS NULL) = (answer IS NULL));
COMMENT ON COLUMN idempotent_answer.is_sealed IS 'The answer holds a secret: only the key and the token of who asked open it';
DROP INDEX idempotent_answer_age;
CREATE INDEX idempotent_answer_age ON idempotent_answer (fleet_id, answered_at);
