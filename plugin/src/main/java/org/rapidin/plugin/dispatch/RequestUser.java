package org.rapidin.plugin.dispatch;

import java.util.Optional;
import java.util.regex.Pattern;
import org.opensearch.common.util.concurrent.ThreadContext;

/**
 * The user of a request, whom the security plugin names in the thread context of the node that
 * coordinates it. Other nodes do not have it there: it travels with our messages.
 */
final class RequestUser {
  // name|backend roles|roles|tenant, for all other plugins; a | in a name is escaped.
  private static final String USER_INFO = "_opendistro_security_user_info";
  private static final Pattern NAME_END = Pattern.compile("(?<!\\\\)\\|");

  private RequestUser() {}

  /** The user's name; empty without the security plugin, and for requests of the node itself. */
  static Optional<String> of(ThreadContext context) {
    return Optional.ofNullable(context.<String>getTransient(USER_INFO))
        .map(info -> NAME_END.split(info, 2)[0]);
  }
}
