"""The first schema: the tree, the built-in kinds, grants, changes, accounts and search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
ORDERED_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
DOCUMENT = postgresql.TSVECTOR().with_variant(sa.Text(), "sqlite")

FULL_TEXT_ON_SQLITE = (
    """CREATE VIRTUAL TABLE search_fts USING fts5(
    title, body, content='search_documents', content_rowid='node_id',
    tokenize="porter unicode61 remove_diacritics 2")""",
    """CREATE TRIGGER search_documents_inserted AFTER INSERT ON search_documents BEGIN
    INSERT INTO search_fts(rowid, title, body) VALUES (new.node_id, new.title, new.body); END""",
    """CREATE TRIGGER search_documents_deleted AFTER DELETE ON search_documents BEGIN
    INSERT INTO search_fts(search_fts, rowid, title, body)
    VALUES ('delete', old.node_id, old.title, old.body); END""",
    """CREATE TRIGGER search_documents_updated AFTER UPDATE ON search_documents BEGIN
    INSERT INTO search_fts(search_fts, rowid, title, body)
    VALUES ('delete', old.node_id, old.title, old.body);
    INSERT INTO search_fts(rowid, title, body) VALUES (new.node_id, new.title, new.body); END""",
)


def _on_postgresql() -> bool:
    return context.get_context().dialect.name == "postgresql"


def _transaction_number() -> sa.TextClause:
    number = "(CAST(CAST(pg_current_xact_id() AS text) AS bigint) + transaction_number_offset())"
    return sa.text(number if _on_postgresql() else "0")


def upgrade() -> None:
    """Create everything."""
    _create_blobs()
    _create_changes()
    _create_groups()
    _create_nodes()
    _create_sign_in_failures()
    _create_users()
    _create_effective_grants()
    _create_employees()
    _create_files()
    _create_folders()
    _create_grants()
    _create_memberships()
    _create_one_time_links()
    _create_pages()
    _create_people_directories()
    _create_redirects()
    _create_search_documents()
    _create_sessions()
    _create_tokens()
    _create_full_text_index()


def _create_blobs() -> None:
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", IDENTIFIER, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blobs")),
    )


def _create_changes() -> None:
    if _on_postgresql():
        op.execute(
            "CREATE FUNCTION transaction_number_offset() RETURNS bigint "
            "LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT CAST(0 AS bigint)'"
        )
    op.create_table(
        "changes",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("transaction_number", IDENTIFIER, server_default=_transaction_number(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("node_id", IDENTIFIER, nullable=True),
        sa.Column("node_kind", sa.Text(), nullable=True),
        sa.Column("node_path", sa.Text(), nullable=True),
        sa.Column("node_title", sa.Text(), nullable=True),
        sa.Column("node_version", IDENTIFIER, nullable=True),
        sa.Column("access_id", IDENTIFIER, nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("values", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index("ix_changes_at", "changes", ["at"], unique=False)
    op.create_index("ix_changes_feed", "changes", ["transaction_number", "id"], unique=False)
    op.create_index("ix_changes_node", "changes", ["node_id", "id"], unique=False)


def _create_groups() -> None:
    op.create_table(
        "groups",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("name", name=op.f("uq_groups_name")),
    )


def _create_nodes() -> None:
    op.create_table(
        "nodes",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("parent_id", IDENTIFIER, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("path", ORDERED_TEXT, nullable=False),
        sa.Column("ancestry", ORDERED_TEXT, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sort_title", ORDERED_TEXT, nullable=False),
        sa.Column("position", IDENTIFIER, nullable=False),
        sa.Column("version", IDENTIFIER, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("modified_at", MOMENT, nullable=False),
        sa.Column("modified_by", sa.Text(), nullable=False),
        sa.Column(
            "access_id", IDENTIFIER, nullable=True, comment="null only between the insert of a root and its update"
        ),
        sa.Column("inherits", sa.Boolean(), nullable=False),
        sa.Column("trash_id", IDENTIFIER, nullable=True),
        sa.Column("trashed_at", MOMENT, nullable=True),
        sa.Column("trashed_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["nodes.id"], name=op.f("fk_nodes_parent_id_nodes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nodes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_nodes_access_id", "nodes", ["access_id"], unique=False)
    op.create_index("ix_nodes_ancestry", "nodes", ["ancestry"], unique=False)
    op.create_index(
        "ix_nodes_children_by_access",
        "nodes",
        ["parent_id", "access_id"],
        unique=False,
        sqlite_where=sa.text("trash_id IS NULL"),
        postgresql_where=sa.text("trash_id IS NULL"),
    )
    op.create_index("ix_nodes_children_by_title", "nodes", ["parent_id", "sort_title", "id"], unique=False)
    op.create_index("ix_nodes_children_in_order", "nodes", ["parent_id", "position", "sort_title", "id"], unique=False)
    op.create_index("ix_nodes_kind", "nodes", ["kind", "sort_title", "id"], unique=False)
    op.create_index("ix_nodes_modified_at", "nodes", ["modified_at"], unique=False)
    op.create_index("ix_nodes_trash_id", "nodes", ["trash_id"], unique=False)
    op.create_index(
        "uq_nodes_path",
        "nodes",
        ["path"],
        unique=True,
        sqlite_where=sa.text("trash_id IS NULL"),
        postgresql_where=sa.text("trash_id IS NULL"),
    )


def _create_sign_in_failures() -> None:
    op.create_table(
        "sign_in_failures",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment='"account:NAME" or "address:IP"'),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    op.create_index("ix_sign_in_failures_key", "sign_in_failures", ["key", "at"], unique=False)


def _create_users() -> None:
    op.create_table(
        "users",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="lower case, as typed at sign-in"),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True, comment="argon2id; null: cannot sign in with a password"),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
    )


def _create_effective_grants() -> None:
    op.create_table(
        "effective_grants",
        sa.Column("access_id", IDENTIFIER, autoincrement=False, nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("access_id", "principal", "role", name=op.f("pk_effective_grants")),
    )
    op.create_index(
        "ix_effective_grants_principal", "effective_grants", ["principal", "role", "access_id"], unique=False
    )


def _create_employees() -> None:
    op.create_table(
        "employees",
        sa.Column("node_id", IDENTIFIER, autoincrement=False, nullable=False),
        sa.Column("age", IDENTIFIER, nullable=True),
        sa.Column("department", ORDERED_TEXT, nullable=True),
        sa.Column("email", ORDERED_TEXT, nullable=True),
        sa.Column("phone", ORDERED_TEXT, nullable=True),
        sa.Column("job_title", ORDERED_TEXT, nullable=True),
        sa.Column("manager", IDENTIFIER, nullable=True),
        sa.Column("location", ORDERED_TEXT, nullable=True),
        sa.Column("hire_date", sa.Date(), nullable=True),
        sa.Column("photo", IDENTIFIER, nullable=True),
        sa.ForeignKeyConstraint(
            ["manager"], ["nodes.id"], name=op.f("fk_employees_manager_nodes"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name=op.f("fk_employees_node_id_nodes"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["photo"], ["nodes.id"], name=op.f("fk_employees_photo_nodes"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_employees")),
    )
    op.create_index(op.f("ix_employees_department"), "employees", ["department"], unique=False)
    op.create_index(op.f("ix_employees_email"), "employees", ["email"], unique=False)
    op.create_index(op.f("ix_employees_location"), "employees", ["location"], unique=False)
    op.create_index(op.f("ix_employees_manager"), "employees", ["manager"], unique=False)


def _create_files() -> None:
    op.create_table(
        "files",
        sa.Column("node_id", IDENTIFIER, autoincrement=False, nullable=False),
        sa.Column("about", ORDERED_TEXT, nullable=True),
        sa.Column("file_name", ORDERED_TEXT, nullable=True),
        sa.Column("media_type", ORDERED_TEXT, nullable=True),
        sa.Column("size", IDENTIFIER, nullable=True),
        sa.Column("sha256", ORDERED_TEXT, nullable=True),
        sa.Column("width", IDENTIFIER, nullable=True),
        sa.Column("height", IDENTIFIER, nullable=True),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name=op.f("fk_files_node_id_nodes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_files")),
    )
    op.create_index(op.f("ix_files_media_type"), "files", ["media_type"], unique=False)
    op.create_index(op.f("ix_files_sha256"), "files", ["sha256"], unique=False)


def _create_folders() -> None:
    op.create_table(
        "folders",
        sa.Column("node_id", IDENTIFIER, autoincrement=False, nullable=False),
        sa.Column("body", ORDERED_TEXT, nullable=True),
        sa.Column("keywords", ORDERED_TEXT, nullable=True),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name=op.f("fk_folders_node_id_nodes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_folders")),
    )


def _create_grants() -> None:
    op.create_table(
        "grants",
        sa.Column("node_id", IDENTIFIER, nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name=op.f("fk_grants_node_id_nodes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("node_id", "principal", "role", name=op.f("pk_grants")),
    )


def _create_memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("group_id", IDENTIFIER, nullable=False),
        sa.Column("user_id", IDENTIFIER, nullable=True),
        sa.Column("member_group_id", IDENTIFIER, nullable=True),
        sa.CheckConstraint("(user_id IS NULL) <> (member_group_id IS NULL)", name=op.f("ck_memberships_one_member")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_memberships_group_id_groups"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_group_id"], ["groups.id"], name=op.f("fk_memberships_member_group_id_groups"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_memberships_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    op.create_index(op.f("ix_memberships_member_group_id"), "memberships", ["member_group_id"], unique=False)
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"], unique=False)
    op.create_index("uq_memberships_group", "memberships", ["group_id", "member_group_id"], unique=True)
    op.create_index("uq_memberships_user", "memberships", ["group_id", "user_id"], unique=True)


def _create_one_time_links() -> None:
    op.create_table(
        "one_time_links",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False, comment="setup or password"),
        sa.Column("user_id", IDENTIFIER, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_one_time_links_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_links")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_one_time_links_secret_hash")),
    )


def _create_pages() -> None:
    op.create_table(
        "pages",
        sa.Column("node_id", IDENTIFIER, autoincrement=False, nullable=False),
        sa.Column("body", ORDERED_TEXT, nullable=True),
        sa.Column("keywords", ORDERED_TEXT, nullable=True),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name=op.f("fk_pages_node_id_nodes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_pages")),
    )


def _create_people_directories() -> None:
    op.create_table(
        "people_directories",
        sa.Column("node_id", IDENTIFIER, autoincrement=False, nullable=False),
        sa.Column("body", ORDERED_TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["node_id"], ["nodes.id"], name=op.f("fk_people_directories_node_id_nodes"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_people_directories")),
    )


def _create_redirects() -> None:
    op.create_table(
        "redirects",
        sa.Column("path", ORDERED_TEXT, nullable=False),
        sa.Column("node_id", IDENTIFIER, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name=op.f("fk_redirects_node_id_nodes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_redirects")),
    )
    op.create_index(op.f("ix_redirects_node_id"), "redirects", ["node_id"], unique=False)


def _create_search_documents() -> None:
    op.create_table(
        "search_documents",
        sa.Column("node_id", IDENTIFIER, autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=True, comment="unused on SQLite, where FTS5 indexes"),
        sa.ForeignKeyConstraint(
            ["node_id"], ["nodes.id"], name=op.f("fk_search_documents_node_id_nodes"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_search_documents")),
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("user_id", IDENTIFIER, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_sessions_secret_hash")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)


def _create_tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("user_id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False, comment="space separated: read write admin"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_tokens_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_tokens_secret_hash")),
    )
    op.create_index(op.f("ix_tokens_user_id"), "tokens", ["user_id"], unique=False)


def _create_full_text_index() -> None:
    if _on_postgresql():
        op.create_index("ix_search_documents_document", "search_documents", ["document"], postgresql_using="gin")
        return
    for statement in FULL_TEXT_ON_SQLITE:
        op.execute(statement)
