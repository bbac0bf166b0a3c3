"""How a study file comes to its present shape: the migration set `study`. A released migration is never edited."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

SET_NAME = "study"


def m0001_initial(db: Database) -> None:
    """The tables that recording, reviewing and exporting need.

    Columns that point to tables of parts to come (persona, goal, round, speaker, coding) come with those parts:
    SQLite refuses every insert into a table whose foreign key names a table that isn't there.
    """
    for statement in _INITIAL.split(";"):
        if statement.strip():
            db.execute(statement)


def m0002_consent_items(db: Database) -> None:
    """What a participant agreed to, one by one. The forms there are get the items that they were asked with.

    No session gets answers here: those are in its bundle, and come with the next ingest.
    """
    for statement in _CONSENT_ITEMS.split(";"):
        if statement.strip():
            db.execute(statement)


def m0003_speakers(db: Database) -> None:
    """Who speaks, on which track, what is the echo of what, and the words of a study's trade.

    Transcripts there are keep their text; the ones that are not finished know from now on which of their journal's
    segments they have taken in. The language of a study was written by nobody so far: it is to be found.
    """
    for statement in _SPEAKERS.split(";"):
        if statement.strip():
            db.execute(statement)


def m0004_jobs(db: Database) -> None:
    """What is done in the background: the queue of transcriptions, found again at the next start."""
    for statement in _JOBS.split(";"):
        if statement.strip():
            db.execute(statement)


def m0005_transcript_edits(db: Database) -> None:
    """Which of a session's transcripts is shown: the one that somebody chose or has worked on last."""
    db.execute("ALTER TABLE transcript ADD COLUMN shown_utc TEXT")


def m0007_evidence(db: Database) -> None:
    """Stills, clips and reels; where a live mark lay before it was pulled back; and who changed what, and when."""
    for statement in _EVIDENCE.split(";"):
        if statement.strip():
            db.execute(statement)


def m0008_sessions(db: Database) -> None:
    """What a researcher says of a session as a whole: where it begins and ends for figures, that it was a pilot,
    and that it lies in the trash.
    """
    for statement in _SESSIONS.split(";"):
        if statement.strip():
            db.execute(statement)


def m0009_findings(db: Database) -> None:
    """Answers to questionnaires, and what each rater thinks of an issue's severity."""
    for statement in _FINDINGS.split(";"):
        if statement.strip():
            db.execute(statement)


def m0011_targets(db: Database) -> None:
    """Trackers, and what of each issue was sent there. No token is ever kept here."""
    for statement in _TARGETS.split(";"):
        if statement.strip():
            db.execute(statement)


def m0012_kept_apart(db: Database) -> None:
    """Which issues look alike and are not the same problem, as somebody said: they aren't suggested again."""
    db.execute(_KEPT_APART)


MIGRATIONS = (
    m0001_initial,
    m0002_consent_items,
    m0003_speakers,
    m0004_jobs,
    m0005_transcript_edits,
    m0007_evidence,
    m0008_sessions,
    m0009_findings,
    m0011_targets,
    m0012_kept_apart,
)
NAMES = tuple(migration.__name__ for migration in MIGRATIONS)


def applied(conn: sqlite3.Connection) -> tuple[str, ...] | None:
    """The names of the migrations this file has seen, in their order; None if it isn't a study's file."""
    table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_sqlite_migrations'"
    if conn.execute(table).fetchone() is None:
        return None
    rows = conn.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY rowid", (SET_NAME,))
    names = tuple(str(row[0]) for row in rows)
    return names or None


def migrate(conn: sqlite3.Connection) -> list[sqlite3.Row]:
    """Apply what is pending, all of it or nothing; returns the rows whose references lead nowhere (then nothing).

    The write lock is taken before it is asked what is pending, so that of two processes that open an old study at
    once only one migrates it. `foreign_keys` must be off: some migrations rebuild tables that others point to.
    """
    from sqlite_utils import Database, Migrations

    migrations = Migrations(SET_NAME)
    for migration in MIGRATIONS:
        migrations(name=migration.__name__)(migration)
    conn.execute("BEGIN IMMEDIATE")
    try:
        migrations.apply(Database(conn))
        broken: list[sqlite3.Row] = conn.execute("PRAGMA foreign_key_check").fetchall()
        conn.execute("ROLLBACK" if broken else "COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
    return broken


_INITIAL = """
CREATE TABLE study(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, product TEXT, description TEXT, language TEXT,
  task_order TEXT NOT NULL DEFAULT 'fixed' CHECK(task_order IN('fixed','random','latin')),
  retain_until TEXT, settings_json TEXT,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE TABLE author(
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE TABLE participant(
  id TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK(status IN('invited','confirmed','recorded','withdrawn')), notes TEXT,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE TABLE task(
  id TEXT PRIMARY KEY, position INTEGER NOT NULL, title TEXT NOT NULL, scenario TEXT, success_criteria TEXT,
  start_state TEXT, optimal_steps INTEGER, expected_ns INTEGER,
  criticality INTEGER CHECK(criticality BETWEEN 1 AND 5), follow_up TEXT,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE TABLE consent_form(
  id TEXT PRIMARY KEY, version INTEGER NOT NULL, language TEXT NOT NULL, body TEXT NOT NULL,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL,
  UNIQUE(version, language)
) STRICT;
CREATE TABLE session(
  id TEXT PRIMARY KEY, participant_id TEXT NOT NULL REFERENCES participant,
  moderator_id TEXT REFERENCES author, origin TEXT NOT NULL CHECK(origin IN('recorded','imported')),
  state TEXT NOT NULL CHECK(state IN('planned','recording','recorded','recovered','reviewed','failed')),
  bundle_path TEXT UNIQUE, started_utc TEXT, utc_offset_min INTEGER, duration_ns INTEGER, impressions TEXT,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE TABLE media(
  id TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES session ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK(kind IN('screen','camera','mic','system','mixed')), path TEXT NOT NULL,
  track INTEGER, t0_ns INTEGER NOT NULL, rate_ppm REAL NOT NULL DEFAULT 0, sha256 TEXT,
  redacted_of TEXT REFERENCES media,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE TABLE ingested_mark(
  session_id TEXT NOT NULL REFERENCES session ON DELETE CASCADE, mark_id TEXT NOT NULL,
  PRIMARY KEY(session_id, mark_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE consent(
  id TEXT PRIMARY KEY, participant_id TEXT NOT NULL REFERENCES participant ON DELETE CASCADE,
  session_id TEXT REFERENCES session ON DELETE CASCADE, form_id TEXT NOT NULL REFERENCES consent_form,
  method TEXT NOT NULL CHECK(method IN('screen','paper','cli')), given_utc TEXT NOT NULL, withdrawn_utc TEXT,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE TABLE task_run(
  id TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES session ON DELETE CASCADE,
  task_id TEXT NOT NULL REFERENCES task, attempt INTEGER NOT NULL DEFAULT 1,
  t_start_ns INTEGER NOT NULL, t_end_ns INTEGER,
  outcome TEXT CHECK(outcome IN('success','with_help','failed','gave_up','skipped')),
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL,
  UNIQUE(session_id, task_id, attempt)
) STRICT;
CREATE TABLE transcript(
  id TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES session ON DELETE CASCADE,
  track TEXT NOT NULL CHECK(track IN('mic','system','mixed')),
  origin TEXT NOT NULL CHECK(origin IN('whisper','import','translation')), model TEXT, language TEXT,
  params_json TEXT, state TEXT NOT NULL CHECK(state IN('running','partial','done','failed')),
  done_until_ns INTEGER,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE TABLE segment(
  id INTEGER PRIMARY KEY, transcript_id TEXT NOT NULL REFERENCES transcript ON DELETE CASCADE,
  t_start_ns INTEGER NOT NULL, t_end_ns INTEGER NOT NULL, text TEXT NOT NULL, original_json TEXT,
  avg_logprob REAL, no_speech_prob REAL, compression REAL, flags TEXT, verified_by TEXT REFERENCES author,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE TABLE word(
  segment_id INTEGER NOT NULL REFERENCES segment ON DELETE CASCADE, idx INTEGER NOT NULL,
  t_start_ns INTEGER NOT NULL, t_end_ns INTEGER NOT NULL, text TEXT NOT NULL, probability REAL,
  PRIMARY KEY(segment_id, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE tag(
  id TEXT PRIMARY KEY, parent_id TEXT REFERENCES tag ON DELETE CASCADE, scheme TEXT, name TEXT NOT NULL,
  colour TEXT, key TEXT, position INTEGER,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE TABLE observation(
  id TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES session ON DELETE CASCADE,
  task_run_id TEXT REFERENCES task_run ON DELETE SET NULL, t_start_ns INTEGER NOT NULL, t_end_ns INTEGER,
  kind TEXT NOT NULL CHECK(kind IN('mark','problem','positive','quote','idea','question','help')),
  severity INTEGER CHECK(severity BETWEEN 0 AND 4), heuristic TEXT, body TEXT NOT NULL DEFAULT '',
  segment_id INTEGER REFERENCES segment ON DELETE SET NULL, x INTEGER, y INTEGER,
  origin TEXT NOT NULL CHECK(origin IN('live','review','candidate','import','cli')), mark_id TEXT,
  author_id TEXT NOT NULL REFERENCES author, merged_into TEXT REFERENCES observation,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL,
  UNIQUE(session_id, mark_id)
) STRICT;
CREATE TABLE observation_tag(
  observation_id TEXT NOT NULL REFERENCES observation ON DELETE CASCADE,
  tag_id TEXT NOT NULL REFERENCES tag ON DELETE CASCADE,
  PRIMARY KEY(observation_id, tag_id)
) STRICT;
CREATE TABLE issue(
  id TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, title TEXT NOT NULL, description TEXT,
  recommendation TEXT, heuristic TEXT, task_id TEXT REFERENCES task ON DELETE SET NULL,
  severity INTEGER CHECK(severity BETWEEN 0 AND 4), persistence INTEGER, reach REAL, impact REAL,
  confidence REAL, effort REAL,
  status TEXT NOT NULL CHECK(status IN('open','accepted','fixed','wont_fix','duplicate')),
  merged_into TEXT REFERENCES issue,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE TABLE issue_observation(
  issue_id TEXT NOT NULL REFERENCES issue ON DELETE CASCADE,
  observation_id TEXT NOT NULL REFERENCES observation ON DELETE CASCADE,
  stance TEXT NOT NULL DEFAULT 'for' CHECK(stance IN('for','against')),
  PRIMARY KEY(issue_id, observation_id)
) STRICT;
CREATE UNIQUE INDEX tag_name ON tag(coalesce(parent_id, ''), name);
CREATE INDEX observation_t ON observation(session_id, t_start_ns);
CREATE INDEX observation_run ON observation(task_run_id);
CREATE INDEX observation_segment ON observation(segment_id);
CREATE INDEX observation_tag_tag ON observation_tag(tag_id);
CREATE INDEX task_run_t ON task_run(session_id, t_start_ns);
CREATE INDEX segment_t ON segment(transcript_id, t_start_ns);
CREATE INDEX transcript_session ON transcript(session_id);
CREATE INDEX media_session ON media(session_id);
CREATE INDEX io_obs ON issue_observation(observation_id);
CREATE INDEX session_participant ON session(participant_id)
"""

_CONSENT_ITEMS = """
CREATE TABLE consent_item(
  id TEXT PRIMARY KEY, form_id TEXT NOT NULL REFERENCES consent_form,
  scope TEXT NOT NULL
    CHECK(scope IN('screen','voice','face','keys','quotes','clips_inside','clips_outside','retention')),
  body TEXT NOT NULL, required INTEGER NOT NULL CHECK(required IN(0, 1)),
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL,
  UNIQUE(form_id, scope)
) STRICT;
CREATE TABLE consent_answer(
  consent_id TEXT NOT NULL REFERENCES consent ON DELETE CASCADE, item_id TEXT NOT NULL REFERENCES consent_item,
  agreed INTEGER NOT NULL CHECK(agreed IN(0, 1)), value TEXT,
  PRIMARY KEY(consent_id, item_id)
) STRICT;
CREATE INDEX consent_answer_item ON consent_answer(item_id);
CREATE INDEX consent_session ON consent(session_id);
INSERT INTO consent_item(id, form_id, scope, body, required, created_utc, updated_utc)
SELECT f.id || '/' || i.scope, f.id, i.scope, i.body, i.scope = 'screen', f.created_utc, f.created_utc
FROM consent_form f, (
  SELECT 1 AS place, 'screen' AS scope, 'My screen, my pointer, and which window is in front' AS body
  UNION ALL SELECT 2, 'voice', 'My voice, and what the computer plays'
  UNION ALL SELECT 3, 'face', 'My face, through the webcam'
  UNION ALL SELECT 4, 'keys', 'What kinds of keys I press, never the text'
) i ORDER BY f.rowid, i.place
"""

_SPEAKERS = """
CREATE TABLE speaker(
  id TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES session ON DELETE CASCADE,
  role TEXT NOT NULL CHECK(role IN('moderator','participant','other')), name TEXT,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE TABLE vocabulary(
  term TEXT PRIMARY KEY, language TEXT,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
ALTER TABLE segment ADD COLUMN speaker_id TEXT REFERENCES speaker ON DELETE SET NULL;
ALTER TABLE segment ADD COLUMN speaker_fixed INTEGER NOT NULL DEFAULT 0 CHECK(speaker_fixed IN(0, 1));
ALTER TABLE segment ADD COLUMN track TEXT NOT NULL DEFAULT 'mixed' CHECK(track IN('mic','system','mixed'));
ALTER TABLE segment ADD COLUMN echo_of INTEGER REFERENCES segment ON DELETE SET NULL;
ALTER TABLE segment ADD COLUMN echo_likeness REAL;
ALTER TABLE segment ADD COLUMN source INTEGER;
ALTER TABLE transcript ADD COLUMN taken INTEGER NOT NULL DEFAULT 0;
UPDATE segment SET
  track = (SELECT t.track FROM transcript t WHERE t.id = segment.transcript_id),
  source = (SELECT count(*) FROM segment s WHERE s.transcript_id = segment.transcript_id AND s.id < segment.id);
UPDATE transcript SET taken = (SELECT count(*) FROM segment s WHERE s.transcript_id = transcript.id);
UPDATE study SET language = NULL;
CREATE INDEX speaker_session ON speaker(session_id);
CREATE INDEX segment_speaker ON segment(speaker_id) WHERE speaker_id IS NOT NULL;
CREATE INDEX segment_echo ON segment(echo_of) WHERE echo_of IS NOT NULL
"""

_JOBS = """
CREATE TABLE job(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, session_id TEXT REFERENCES session ON DELETE CASCADE,
  params_json TEXT NOT NULL,
  state TEXT NOT NULL CHECK(state IN('queued','running','paused','done','failed','cancelled')),
  position INTEGER, checkpoint_json TEXT, error_code TEXT,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE INDEX job_session ON job(session_id)
"""

_EVIDENCE = """
ALTER TABLE observation ADD COLUMN t_original_ns INTEGER;
CREATE TABLE evidence(
  id TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES session ON DELETE CASCADE,
  observation_id TEXT REFERENCES observation ON DELETE SET NULL,
  kind TEXT NOT NULL CHECK(kind IN('still','clip')), t_start_ns INTEGER NOT NULL, t_end_ns INTEGER,
  spec_json TEXT, path TEXT, sha256 TEXT, redacted INTEGER NOT NULL DEFAULT 0,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE TABLE reel(
  id TEXT PRIMARY KEY, title TEXT NOT NULL, path TEXT,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE TABLE reel_item(
  reel_id TEXT NOT NULL REFERENCES reel ON DELETE CASCADE, position INTEGER NOT NULL,
  evidence_id TEXT REFERENCES evidence ON DELETE CASCADE, card TEXT,
  PRIMARY KEY(reel_id, position)
) STRICT;
CREATE TABLE change(
  id INTEGER PRIMARY KEY, step INTEGER NOT NULL, at_utc TEXT NOT NULL, author_id TEXT REFERENCES author,
  undo INTEGER NOT NULL DEFAULT 0 CHECK(undo IN(0, 1)),
  session_id TEXT REFERENCES session ON DELETE CASCADE, table_name TEXT NOT NULL, row_id TEXT NOT NULL,
  before_json TEXT, after_json TEXT
) STRICT;
CREATE INDEX evidence_session ON evidence(session_id);
CREATE INDEX evidence_observation ON evidence(observation_id);
CREATE INDEX reel_item_evidence ON reel_item(evidence_id);
CREATE INDEX change_row ON change(row_id);
CREATE INDEX change_session ON change(session_id)
"""

_SESSIONS = """
ALTER TABLE session ADD COLUMN trim_start_ns INTEGER CHECK(trim_start_ns >= 0);
ALTER TABLE session ADD COLUMN trim_end_ns INTEGER CHECK(trim_end_ns >= 0);
ALTER TABLE session ADD COLUMN pilot INTEGER NOT NULL DEFAULT 0 CHECK(pilot IN(0, 1));
ALTER TABLE session ADD COLUMN trashed_utc TEXT
"""

_FINDINGS = """
CREATE TABLE questionnaire(
  id TEXT PRIMARY KEY, instrument TEXT NOT NULL, version TEXT NOT NULL,
  occasion TEXT NOT NULL CHECK(occasion IN('before','after_task','end')), definition_json TEXT NOT NULL,
  position INTEGER,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL,
  UNIQUE(instrument, version)
) STRICT;
CREATE TABLE response(
  id TEXT PRIMARY KEY, questionnaire_id TEXT NOT NULL REFERENCES questionnaire,
  session_id TEXT NOT NULL REFERENCES session ON DELETE CASCADE,
  task_run_id TEXT REFERENCES task_run ON DELETE CASCADE, completed_utc TEXT,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE TABLE answer(
  response_id TEXT NOT NULL REFERENCES response ON DELETE CASCADE, item TEXT NOT NULL, number REAL, text TEXT,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL,
  PRIMARY KEY(response_id, item)
) STRICT;
CREATE TABLE rating(
  issue_id TEXT NOT NULL REFERENCES issue ON DELETE CASCADE, author_id TEXT NOT NULL REFERENCES author,
  severity INTEGER NOT NULL CHECK(severity BETWEEN 0 AND 4),
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL,
  PRIMARY KEY(issue_id, author_id)
) STRICT;
CREATE UNIQUE INDEX response_once ON response(questionnaire_id, session_id, coalesce(task_run_id, ''));
CREATE INDEX response_session ON response(session_id);
CREATE INDEX response_run ON response(task_run_id)
"""

_TARGETS = """
CREATE TABLE export_target(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, base_url TEXT, project TEXT, account TEXT,
  mapping_json TEXT,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL
) STRICT;
CREATE TABLE export_link(
  target_id TEXT NOT NULL REFERENCES export_target ON DELETE CASCADE,
  issue_id TEXT NOT NULL REFERENCES issue ON DELETE CASCADE,
  state TEXT NOT NULL CHECK(state IN('sending','done','failed','lost')),
  remote_id TEXT, remote_key TEXT, remote_url TEXT, content_hash TEXT, sent_json TEXT, remote_status TEXT,
  synced_utc TEXT, last_error TEXT,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL,
  PRIMARY KEY(target_id, issue_id)
) STRICT;
CREATE TABLE export_file(
  target_id TEXT NOT NULL REFERENCES export_target ON DELETE CASCADE,
  issue_id TEXT NOT NULL REFERENCES issue ON DELETE CASCADE,
  sha256 TEXT NOT NULL, evidence_id TEXT,
  state TEXT NOT NULL CHECK(state IN('sending','done','failed')), remote_id TEXT,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL,
  PRIMARY KEY(target_id, issue_id, sha256)
) STRICT;
CREATE UNIQUE INDEX export_target_name ON export_target(name COLLATE NOCASE);
CREATE INDEX export_link_issue ON export_link(issue_id);
CREATE INDEX export_file_issue ON export_file(issue_id)
"""

_KEPT_APART = """
CREATE TABLE issue_apart(
  issue_id TEXT NOT NULL REFERENCES issue ON DELETE CASCADE,
  other_id TEXT NOT NULL REFERENCES issue ON DELETE CASCADE,
  created_utc TEXT NOT NULL, updated_utc TEXT NOT NULL,
  PRIMARY KEY(issue_id, other_id)
) STRICT
"""
