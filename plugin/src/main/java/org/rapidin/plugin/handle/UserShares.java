package org.rapidin.plugin.handle;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lease.Releasables;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;

/**
 * Leaves a part of something that all searches of a node need to other users than the one who asks
 * for most of it. Users are those that the security plugin names in the thread context; without it
 * nobody is limited. Safe for many threads.
 */
public final class UserShares {
  /**
   * {@code plugins.rapidin.query.user_share}: part of the gradient queue, and of the memory of
   * query gradients, that the searches of one user may take on the node that coordinates them.
   */
  public static final Setting<Double> SHARE =
      Setting.doubleSetting("plugins.rapidin.query.user_share", 0.5, 0, 1, Property.NodeScope);

  // Where the security plugin puts name|backend roles|roles|tenant, for all other plugins.
  private static final String USER = "_opendistro_security_user_info";
  private static final Pattern NAME_END = Pattern.compile("(?<!\\\\)\\|");

  private final ThreadContext context;
  private final String unit;
  private final LongSupplier limit;
  private final Map<String, Long> taken = new HashMap<>();

  /**
   * Shares of one thing.
   *
   * @param context of the requests; names their users
   * @param unit what is counted, for the error
   * @param limit the most that one user may take; asked each time
   */
  public UserShares(ThreadContext context, String unit, LongSupplier limit) {
    this.context = context;
    this.unit = unit;
    this.limit = limit;
  }

  /**
   * Counts a part for the user in the thread context. A user who has none gets any part.
   *
   * @return ends the count when closed; closing is idempotent
   * @throws OpenSearchRejectedExecutionException (429) if the user would have more than the limit
   */
  public Releasable take(long amount) {
    String info = context.getTransient(USER);
    if (info == null) {
      return () -> {};
    }
    String user = NAME_END.split(info, 2)[0];
    synchronized (this) {
      long before = taken.getOrDefault(user, 0L);
      long most = limit.getAsLong();
      if (before > 0 && before + amount > most) {
        throw new OpenSearchRejectedExecutionException(
            "searches of user [%s] take %s %s of at most %s for one user on this node, this one needs %s: try again when they have ended"
                .formatted(user, before, unit, most, amount));
      }
      taken.merge(user, amount, Long::sum);
    }
    return Releasables.releaseOnce(() -> giveBack(user, amount));
  }

  private synchronized void giveBack(String user, long amount) {
    taken.computeIfPresent(user, (name, all) -> all == amount ? null : all - amount);
  }
}
