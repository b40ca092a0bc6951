//! The contract of the store: every test runs on PostgreSQL and on SQLite.

mod accounts;
mod claim_races;
mod claims;
mod deletion;
pub(crate) mod fixtures;
mod flushes;
mod history;
mod imports;
mod list_races;
mod opening;
mod ownership;
mod plans;
mod playlists;
mod pooler;
mod queue_plans;
mod rechecks;
mod retention;
mod retries;
mod statements;
mod steering;
mod videos;
mod waiting;

/// Makes each function a test of both databases, such as `store::postgres::job_whose_workers_die_ten_times_ends` and
/// `store::sqlite::job_whose_workers_die_ten_times_ends`.
macro_rules! contract {
    ($($area:ident: $($test:ident),+;)+) => {
        mod postgres {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    super::$area::$test(crate::support::database::Database::postgres().await).await;
                }
            )+)+
        }
        mod sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    super::$area::$test(crate::support::database::Database::sqlite().await).await;
                }
            )+)+
        }
    };
}

contract! {
    accounts: address_has_one_account, concurrent_first_registrations_create_one_account, sessions_live_until_they_are_ended,
        unused_session_expires_and_a_used_one_is_prolonged, new_password_ends_the_other_sessions, ticket_is_spent_once_by_many,
        ticket_ends_with_its_session_and_its_time, ticket_needs_a_live_session_and_extends_it, attempts_are_counted_in_windows, attempts_are_taken_back, user_has_a_hundred_sessions_at_most, instance_secret_is_the_same_for_all, deleting_expired_rows_keeps_live_ones;
    imports: import_is_stored_whole, same_file_again_creates_no_job, same_file_twice_at_once_creates_one_job, duplicates_name_the_line,
        bad_line_undoes_everything, malformed_ids_are_accepted_as_items, large_files_keep_their_order, texts_with_unusual_characters_are_stored, receipt_is_searched, long_receipt_is_searched_to_its_end;
    playlists: playlists_become_lists_and_are_found_again, renamed_playlist_keeps_its_list, two_imports_at_once_make_each_list_once,
        bad_line_undoes_every_list, list_without_anything_new_gets_no_job;
    flushes: job_of_ten_runs_to_its_end, flush_whose_answer_was_lost_counts_once, lost_lease_writes_nothing, failures_keep_their_place,
        note_on_a_line_is_kept_by_its_outcome, job_with_items_left_is_not_done, states_are_strictly_ordered, thousand_videos_make_few_events, lease_is_renewed,
        receipt_summary_has_at_most_480_segments, failure_says_where_in_the_file_it_is;
    waiting: waiting_state_is_stored_and_blocks_the_source_for_all_jobs, wait_stores_one_event_at_its_start_and_end, queued_jobs_are_read_with_the_pause_of_the_source,
        worker_death_while_the_source_is_blocked_counts_as_an_attempt, time_counts_as_failing_while_others_ask_the_source,
        job_never_ends_for_a_quota, time_without_a_worker_does_not_count_as_failing,
        rejected_key_is_the_waiting_reason, pause_survives_a_start_unless_key_or_network_changed, jobs_do_not_wait_for_the_source_that_was_used_before;
    history: history_pages_without_a_gap, since_is_exclusive, since_follows_many_running_jobs, event_column_and_json_hold_the_same_instant;
    retention: old_histories_are_pruned_to_start_failures_and_end, many_prune_at_once_and_nobody_waits;
    rechecks: rechecks_are_few_and_wait_for_everything_else, recheck_keeps_what_is_not_answered, newer_answers_are_not_replaced,
        recheck_lease_is_held_by_one_worker_until_it_ends;
    claims: claim_prefers_the_user_with_the_fewest_running_jobs, user_over_the_cap_gets_no_claim, concurrent_claims_never_share_a_job, expired_lease_is_taken_over,
        job_whose_workers_die_ten_times_ends, cancelled_job_of_a_dead_worker_ends, queues_agree_with_the_jobs_after_anything,
        concurrent_claims_and_releases_keep_the_queues_right, finished_item_resets_attempts, voided_lease_counts_as_an_attempt, renewal_says_whether_others_wait;
    steering: cancel_before_a_claim_ends_the_job, cancel_under_a_lease_is_left_to_the_worker, cancel_after_a_death_ends_the_job, cancel_at_the_end_has_no_effect,
        cancel_races_a_flush, card_is_dismissed_after_the_end, snapshot_holds_what_is_recent, changes_contain_what_the_bus_lost, jobs_are_paged;
    retries: retry_takes_what_has_not_succeeded, retry_of_some_causes, retry_needs_an_ended_job, concurrent_retries_create_one_job;
    ownership: rows_of_others_are_forbidden;
    deletion: list_goes_with_its_running_job, deleted_list_is_gone_before_its_rows_are, deleted_rows_are_removed_in_parts_by_any_number_of_processes, account_goes_with_everything, deleted_videos_leave_the_receipt, deleting_and_working_do_not_deadlock;
    videos: pages_have_every_video_once, videos_are_searched_and_filtered, video_whose_embedding_is_disabled_keeps_the_title_it_has,
        cursor_of_another_order_is_refused, list_has_the_numbers_of_its_videos_and_active_jobs;
    claim_races: cancel_races_the_last_flush, cancel_races_a_claim, cancel_races_a_takeover, cancel_races_waiting_for_the_source,
        worker_past_its_lease_races_its_successor;
    list_races: retry_races_the_end_of_its_origin, retries_race_the_end_of_a_retry, deleting_a_list_races_everything, overlapping_imports_race;
    statements: every_statement_can_be_prepared;
    plans: history_is_read_by_an_index_however_many_events, old_histories_are_found_by_an_index, old_jobs_do_not_slow_what_is_read_all_the_time, claims_read_queues_instead_of_jobs,
        hot_statements_read_no_table_whole, imports_read_no_table_whole, pages_of_videos_are_read_in_the_order_of_an_index;
}
