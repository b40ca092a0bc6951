//! The contract of the store: every test runs on PostgreSQL and on SQLite.

mod accounts;
mod claims;
mod deletion;
mod flushes;
mod history;
mod imports;
mod opening;
mod ownership;
mod plans;
mod playlists;
mod races;
mod retention;
mod retries;
mod scene;
mod statements;
mod steering;
mod videos;
mod waiting;

/// Makes each function a test of both databases: `store::postgres::claims_are_fair`, `store::sqlite::claims_are_fair`.
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
    accounts: an_address_has_one_account, only_the_first_account_may_be_first, sessions_live_until_they_are_ended,
        an_unused_session_expires_and_a_used_one_is_prolonged, a_new_password_ends_the_other_sessions, a_ticket_is_spent_once_by_many,
        a_ticket_ends_with_its_session_and_its_time, attempts_are_counted_in_windows, the_secret_is_one_for_all, sweeping_keeps_what_lives;
    imports: an_import_is_stored_whole, the_same_file_again_is_no_job, the_same_file_twice_at_once_is_one_job, duplicates_name_the_line,
        a_bad_line_undoes_everything, malformed_ids_are_work, large_files_keep_their_order, odd_texts_are_stored, a_receipt_is_searched;
    playlists: playlists_become_lists_and_are_found_again, a_renamed_playlist_keeps_its_list, two_imports_at_once_make_each_list_once,
        a_bad_line_undoes_every_list, a_list_without_anything_new_gets_no_job;
    flushes: a_job_of_ten_runs_to_its_end, a_result_counts_once, a_lost_lease_writes_nothing, failures_keep_their_place,
        a_job_with_items_left_is_not_done, states_are_strictly_ordered, a_thousand_videos_make_few_events, the_lease_is_renewed,
        an_outline_has_no_more_parts_than_a_strip, a_failure_says_where_in_the_file_it_is;
    waiting: a_wait_is_visible_and_blocks_all, a_wait_is_one_event_and_so_is_its_end, what_nobody_has_waits_too,
        a_death_while_the_source_is_blocked_counts, a_day_is_the_longest_wait, a_block_can_be_forgotten;
    history: history_pages_without_a_gap, since_is_exclusive, since_follows_many_running_jobs, the_column_and_the_json_agree;
    retention: old_histories_are_thinned_to_what_is_asked_for, many_thin_at_once_and_nobody_waits;
    claims: claims_are_fair, a_user_has_a_cap, one_job_has_one_worker, an_expired_lease_is_taken_over, a_poisoned_job_ends,
        a_finished_item_forgives, voided_leases_count, others_waiting_is_told;
    steering: cancel_before_a_claim_ends_the_job, cancel_under_a_lease_is_the_workers, cancel_after_a_death_ends_the_job, cancel_at_the_end_has_no_effect,
        cancel_races_a_flush, a_card_is_dismissed_after_the_end, the_snapshot_holds_what_is_recent, changes_find_what_the_bus_lost, jobs_are_paged;
    retries: a_retry_takes_what_has_not_succeeded, a_retry_of_some_causes, a_retry_needs_an_ended_job, two_retries_are_one;
    ownership: nobody_reads_what_is_not_theirs;
    deletion: a_list_goes_with_its_running_job, an_account_goes_with_everything, deleted_videos_leave_the_receipt, deleting_and_working_do_not_deadlock;
    videos: pages_have_every_video_once, videos_are_searched_and_filtered, a_video_whose_embedding_is_disabled_keeps_the_title_it_has,
        a_cursor_of_another_order_is_refused, lists_are_counted;
    races: cancelling_meets_the_end, cancelling_meets_a_claim, cancelling_meets_a_takeover, cancelling_meets_the_wait_for_the_source, a_zombie_meets_its_heir, a_retry_meets_the_end_of_its_origin,
        retries_meet_the_end_of_a_retry, deleting_a_list_meets_everything, overlapping_imports_meet;
    statements: every_statement_can_be_prepared;
    plans: history_is_read_by_an_index_however_many_events, old_histories_are_found_by_an_index,
        hot_statements_read_no_table_whole, pages_of_videos_are_read_in_the_order_of_an_index;
}
