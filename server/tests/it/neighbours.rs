//! One user does the worst that limits allow, another goes on: pages, API, changes, and jobs that are claimed and end. Nothing is timed: the
//! first user's requests go on until the second is done, or are held open for as long. `script/bench neighbours` measures the same.

mod harness;
mod reads;
mod writes;

macro_rules! neighbours {
    ($($area:ident: $($test:ident),+;)+) => {
        mod postgres {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    super::$area::$test(super::harness::Street::postgres().await).await;
                }
            )+)+
        }
        mod sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    super::$area::$test(super::harness::Street::sqlite().await).await;
                }
            )+)+
        }
    };
}

neighbours! {
    reads: searches_of_a_long_receipt, searches_of_a_large_list, counts_of_a_large_list, downloads_that_nobody_reads, sockets_up_to_the_limit;
    writes: imports_at_once, changes_that_wait_for_a_lock, deletion_of_a_large_list, sign_ins_with_wrong_passwords;
}
