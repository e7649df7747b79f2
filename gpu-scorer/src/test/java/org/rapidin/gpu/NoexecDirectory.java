package org.rapidin.gpu;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A directory of a process from which nothing can be executed, because it is mounted so. */
public final class NoexecDirectory {
  private static final String MOUNT =
      "mount -t tmpfs -o noexec,size=64m none \"$0\" && exec \"$@\"";

  private NoexecDirectory() {}

  /**
   * Returns the command that runs another one with such a directory; the test is skipped where this
   * process may not mount.
   *
   * @param directory exists; the command sees it empty, and no other process sees a change
   */
  public static List<String> wrap(Path directory, List<String> command) {
    List<String> probe = mounted(directory, List.of("true"));
    try {
      int status = new ProcessBuilder(probe).start().waitFor();
      Assumptions.assumeTrue(status == 0, "nothing can be mounted here");
    } catch (IOException absent) {
      Assumptions.abort("nothing can be mounted here: " + absent.getMessage());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return mounted(directory, command);
  }

  private static List<String> mounted(Path directory, List<String> command) {
    List<String> wrapped = new ArrayList<>();
    wrapped.addAll(List.of("unshare", "-m", "-r"));
    wrapped.addAll(List.of("sh", "-c", MOUNT, directory.toString()));
    wrapped.addAll(command);
    return wrapped;
  }
}
