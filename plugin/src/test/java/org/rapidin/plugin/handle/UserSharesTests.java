package org.rapidin.plugin.handle;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensearch.ExceptionsHelper;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lease.Releasables;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.threadpool.TestThreadPool;
import org.opensearch.threadpool.ThreadPool;

/** One user does not take what all need; without the security plugin nobody is limited. */
public class UserSharesTests extends OpenSearchTestCase {
  private static final long LIMIT = 100;

  private record Part(String user, long amount, Releasable end) {}

  private static Releasable take(
      UserShares shares, ThreadContext context, String user, long amount) {
    try (ThreadContext.StoredContext ignored = context.stashContext()) {
      if (user != null) {
        context.putTransient("_opendistro_security_user_info", user);
      }
      return shares.take(amount);
    }
  }

  /** Random parts of four users, against a sum over all open parts. */
  public void testAPartIsRefusedIfAndOnlyIfItsUserHasSomeAndWouldHaveTooMuch() {
    ThreadContext context = new ThreadContext(Settings.EMPTY);
    UserShares shares = new UserShares(context, "parts", () -> LIMIT);
    // What the security plugin writes, and the user it means: '|' in a name is escaped.
    Map<String, String> names =
        Map.of("ann|r|s|t", "ann", "ann", "ann", "ann\\|r|s", "ann|r", "bob||all", "bob");
    List<String> users = new ArrayList<>(names.keySet());
    List<Part> open = new ArrayList<>();
    int refused = 0;
    for (int i = 0; i < 1_000; i++) {
      if (!open.isEmpty() && randomInt(9) < 4) {
        Releasable end = open.remove(randomInt(open.size() - 1)).end();
        end.close();
        end.close();
        continue;
      }
      String user = randomFrom(users);
      long amount = randomIntBetween(1, 120);
      long before =
          open.stream()
              .filter(part -> names.get(part.user()).equals(names.get(user)))
              .mapToLong(Part::amount)
              .sum();
      if (before > 0 && before + amount > LIMIT) {
        refused++;
        OpenSearchRejectedExecutionException thrown =
            expectThrows(
                OpenSearchRejectedExecutionException.class,
                () -> take(shares, context, user, amount));
        assertEquals(RestStatus.TOO_MANY_REQUESTS, ExceptionsHelper.status(thrown));
      } else {
        open.add(new Part(user, amount, take(shares, context, user, amount)));
      }
    }
    assertTrue(refused > 0);
    take(shares, context, null, 1_000);
    take(shares, context, null, 1_000);
  }

  public void testTheGradientsOfOneUserLeaveRoomForOthers() {
    ThreadPool threadPool = new TestThreadPool(getTestName());
    ThreadContext context = threadPool.getThreadContext();
    GradientHandles handles = TestHandles.on("here", threadPool, LIMIT);
    Map<String, List<Releasable>> uses = new HashMap<>();
    try {
      keep(handles, context, "ann", 1, uses); // 80 bytes
      for (int seed : new int[] {2, 3}) {
        OpenSearchRejectedExecutionException refused =
            expectThrows(
                OpenSearchRejectedExecutionException.class,
                () -> keep(handles, context, "ann", seed, uses));
        assertTrue(refused.getMessage(), refused.getMessage().contains("user [ann] take 80 bytes"));
      }
      keep(handles, context, "bob", 2, uses);
      Releasables.close(uses.remove("ann"));
      keep(handles, context, "ann", 3, uses);
    } finally {
      uses.values().forEach(Releasables::close);
      ThreadPool.terminate(threadPool, 10, java.util.concurrent.TimeUnit.SECONDS);
    }
  }

  /** A gradient of four numbers, with the vectors of four tokens. */
  private static void keep(
      GradientHandles handles,
      ThreadContext context,
      String user,
      int seed,
      Map<String, List<Releasable>> uses) {
    float[] vector = {seed, 0, 0, 1};
    ResolvedGradient gradient =
        new ResolvedGradient(new QueryVector(vector), "demo", "print", "tiny", List.of());
    TokenVectors tokens = new TokenVectors(List.of(vector, vector, vector, vector));
    try (ThreadContext.StoredContext ignored = context.stashContext()) {
      context.putTransient("_opendistro_security_user_info", user);
      handles.keep(
          gradient,
          Optional.of(tokens),
          use -> uses.computeIfAbsent(user, any -> new ArrayList<>()).add(use));
    }
  }
}
