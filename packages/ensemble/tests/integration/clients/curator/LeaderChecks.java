import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderLatchListener;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;

/** Curator's elections of a leader among clients. */
final class LeaderChecks {
    private LeaderChecks() {}

    static void register() {
        Suite.check("LeaderLatch: one leader, the next takes over when it closes or its session dies", context -> {
            List<CuratorFramework> clients = context.clients(3);
            List<LeaderLatch> latches = new ArrayList<>();
            for (CuratorFramework client : clients) {
                LeaderLatch latch = context.later(new LeaderLatch(client, context.root, "member-" + latches.size()));
                latch.start();
                Context.until(() -> latch.getOurPath() != null, "the member has its node");
                latches.add(latch);
            }
            Context.yes(latches.get(0).await(Context.WAIT_SECONDS, TimeUnit.SECONDS), "the first leads");
            Context.equal(latches.get(2).getLeader().getId(), "member-0");
            Context.until(() -> latches.get(1).getParticipants().size() == 3, "all members are seen");
            Context.equal(latches.stream().filter(LeaderLatch::hasLeadership).count(), 1L);
            latches.get(0).close();
            Context.yes(latches.get(1).await(Context.WAIT_SECONDS, TimeUnit.SECONDS), "the second leads");
            Seen<String> seen = new Seen<>();
            latches.get(1).addListener(new LeaderLatchListener() {
                @Override
                public void isLeader() {
                    seen.add("leads");
                }

                @Override
                public void notLeader() {
                    seen.add("leads no more");
                }
            });
            context.killSession(clients.get(1));
            seen.awaitItem("leads no more");
            Context.yes(latches.get(2).await(Context.WAIT_SECONDS, TimeUnit.SECONDS), "the third leads");
            Context.until(() -> latches.get(2).getParticipants().size() == 2, "the second queues again");
        });

        Suite.check("LeaderLatch: has a leader again after the kill of the leader's server", context -> {
            List<CuratorFramework> clients = context.clients(2);
            List<LeaderLatch> latches = new ArrayList<>();
            for (CuratorFramework client : clients) {
                LeaderLatch latch = context.later(new LeaderLatch(client, context.root));
                latch.start();
                latches.add(latch);
            }
            Context.until(() -> latches.stream().anyMatch(LeaderLatch::hasLeadership), "one leads");
            int leading = latches.get(0).hasLeadership() ? 0 : 1;
            int port = Context.portOf(clients.get(leading));
            context.kill(port);
            Context.until(() -> latches.stream().filter(LeaderLatch::hasLeadership).count() == 1
                    && latches.get(0).getParticipants().size() == 2, "one leads again");
            context.restore(port);
        });

        Suite.check("LeaderSelector: hands over each time a leader returns, and queues again", context -> {
            List<CuratorFramework> clients = context.clients(3);
            Seen<Integer> led = new Seen<>();
            CountDownLatch[] leave = new CountDownLatch[clients.size()];
            for (int number = 0; number < clients.size(); number++) {
                int own = number;
                leave[own] = new CountDownLatch(1);
                LeaderSelector selector = context.later(
                        new LeaderSelector(clients.get(own), context.root, new LeaderSelectorListenerAdapter() {
                            @Override
                            public void takeLeadership(CuratorFramework client) throws Exception {
                                led.add(own);
                                leave[own].await();
                            }
                        }));
                selector.setId("member-" + own);
                selector.autoRequeue();
                selector.start();
                Context.until(() -> selector.getParticipants().size() == own + 1, "the member queues");
            }
            Context.equal(led.await(1), List.of(0));
            leave[0].countDown();
            Context.equal(led.await(2), List.of(0, 1));
            leave[1].countDown();
            Context.equal(led.await(3), List.of(0, 1, 2));
            leave[2].countDown();
            Context.equal(led.await(6).subList(3, 6).stream().sorted().toList(), List.of(0, 1, 2));
        });
    }
}
