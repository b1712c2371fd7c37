//! What the product promises, one module for each promise; one test binary, so that one broker serves them all.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "test code: a failed expectation ends the test, and deadlines are the wall clock's")]

mod promises {
    mod a_fact_has_one_door;
    mod a_killed_import_goes_on;
    mod a_long_run_keeps_few_records;
    mod a_simulated_world_is_measured;
    mod a_topic_made_anew_is_noticed;
    mod acknowledged_statements_are_counted_once;
    mod acknowledged_statements_are_in_the_log;
    mod aliases_come_from_a_topic;
    mod an_intake_needs_no_kafka;
    mod an_outage_is_told_and_passes;
    mod an_xapi_library_sends_statements;
    mod appended_file_input_equals_one_run;
    mod archives_become_events;
    mod batch_size_and_threads_do_not_matter;
    mod broker_starts_and_stops;
    mod foreign_events_are_routed;
    mod garbage_is_kept_with_a_reason;
    mod killed_anywhere_exports_are_identical;
    mod killed_until_end_keeps_its_end;
    mod no_raw_learner_id_leaks;
    mod order_partitions_and_duplicates_do_not_matter;
    mod oulad_through_kafka;
    mod providers_answer_signals;
    mod readers_never_see_a_torn_snapshot;
    mod routes;
    mod run_routes_and_measures;
    mod service_drains_on_sigterm;
    mod the_intake_runs_inside_run;
    mod the_intake_takes_a_request_as_a_whole;
    mod worlds_over_partitions_give_the_same_signals;
}
