package org.rapidin.plugin.dispatch;

import java.util.Optional;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.test.OpenSearchTestCase;

public class RequestUserTests extends OpenSearchTestCase {

  public void testTheNameIsWhatComesBeforeTheFirstBarThatIsNotEscaped() {
    assertEquals(Optional.empty(), RequestUser.of(new ThreadContext(Settings.EMPTY)));
    assertEquals(Optional.of("ann"), user("ann|ldap,staff|rapidin_reader|null"));
    assertEquals(Optional.of("ann"), user("ann||"));
    assertEquals(Optional.of("a\\|b"), user("a\\|b|ldap|role"));
    assertEquals(Optional.of("ann"), user("ann"));
  }

  private static Optional<String> user(String info) {
    ThreadContext context = new ThreadContext(Settings.EMPTY);
    context.putTransient("_opendistro_security_user_info", info);
    return RequestUser.of(context);
  }
}
