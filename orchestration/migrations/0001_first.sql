-- The loader's own tables. Raw tables come from the contracts; models come from dbt.
create schema if not exists raw;
create schema if not exists quarantine;
create schema if not exists identity;

create sequence ops.load_ids start 1;

create table ops.clock (
    as_of date not null,
    known_at timestamp not null,
    business_timezone varchar not null
);

-- How a home came to its data: a synthetic company and real files never share one, nor do two systems of which one
-- does not name itself. A synthetic company has a last day of its own.
create table ops.origin (
    kind varchar not null,            -- synthetic, real
    source_system varchar not null,
    last_day date,
    noted_at timestamp not null
);

-- The newest reading of each file path, so that an unchanged file is not read again.
create table ops.files (
    source_system varchar not null,
    path varchar not null,
    table_name varchar not null,
    content_hash varchar not null,
    mapping_hash varchar not null,
    contract_hash varchar not null,
    size_bytes bigint not null,
    modified_ns bigint not null,
    extracted_at timestamp not null,
    load_id bigint not null,
    primary key (source_system, path, table_name)
);

create table ops.loads (
    load_id bigint primary key,
    run_id varchar not null,
    table_name varchar not null,
    source_system varchar not null,
    source_file varchar not null,
    extracted_at timestamp not null,
    file_format varchar not null,
    status varchar not null,          -- loaded, quarantined (the whole file)
    detail varchar,
    n_read bigint not null,
    n_new bigint not null,
    n_changed bigint not null,
    n_unchanged bigint not null,
    n_earlier bigint not null,
    n_quarantined bigint not null,
    n_closed bigint not null,         -- keys that a snapshot no longer had; not part of n_read
    loaded_at timestamp not null,
    seconds double not null
);

create table ops.releases (
    table_name varchar not null,
    source_system varchar not null,
    row_key varchar,
    source_file varchar not null,
    record_number bigint,
    outcome varchar not null,         -- new, changed, earlier, unchanged
    released_at timestamp not null,
    run_id varchar not null
);

create table ops.findings (
    rule varchar not null,
    table_name varchar not null,
    row_key varchar not null,
    detail varchar not null,
    severity varchar not null,        -- note, warning, serious
    first_seen timestamp not null,
    last_seen timestamp not null,
    resolved_at timestamp
);

create table ops.cut_edges (
    table_name varchar not null,
    column_name varchar not null,
    source_system varchar not null,
    row_key varchar not null
);

create table ops.gate_results (
    run_id varchar not null,
    gate varchar not null,
    subject varchar not null,
    passed boolean not null,
    detail varchar not null,
    checked_at timestamp not null
);

-- What the models were last built from: equal again, there is nothing to do.
create table ops.builds (
    fingerprint varchar not null,
    run_id varchar not null,
    built_at timestamp not null,
    result json not null
);

create table quarantine.rows (
    table_name varchar not null,
    source_system varchar not null,
    source_file varchar not null,
    record_number bigint,
    row_key varchar,
    row_hash uhugeint not null,
    record varchar not null,
    reasons varchar[] not null,
    root_cause varchar not null,
    waits_for_parent boolean not null,
    source_updated_at timestamp,
    extracted_at timestamp not null,
    load_id bigint not null,
    first_seen timestamp not null,
    last_seen timestamp not null,
    times_seen bigint not null,
    resolved_at timestamp,
    resolution varchar
);

create table quarantine.files (
    table_name varchar not null,
    source_system varchar not null,
    source_file varchar not null,
    content_hash varchar not null,
    reason varchar not null,
    first_seen timestamp not null,
    last_seen timestamp not null,
    times_seen bigint not null,
    resolved_at timestamp
);

create table identity.person (
    person_key varchar not null,
    source_system varchar not null,
    employee_id varchar not null,
    display_name varchar,
    work_email varchar
);
