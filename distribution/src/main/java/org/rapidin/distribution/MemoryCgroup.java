package org.rapidin.distribution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A control group of Linux with a memory limit, as a container has one: the kernel kills a process
 * in it that takes more. Needs root and a writable {@code /sys/fs/cgroup}, of version 1 or 2.
 */
public final class MemoryCgroup implements AutoCloseable {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  /** Joins the group and becomes the command, which has the limit from its start. */
  private static final String JOIN = "echo $$ > \"$0\"; exec \"$@\"";

  private final Path folder;

  private MemoryCgroup(Path folder) {
    this.folder = folder;
  }

  /**
   * Creates a group.
   *
   * @throws IOException if this process must not, or the kernel has no memory groups
   */
  public static MemoryCgroup create(long limitBytes) throws IOException {
    boolean v2 = Files.exists(ROOT.resolve("cgroup.subtree_control"));
    Path parent = v2 ? ROOT : ROOT.resolve("memory");
    MemoryCgroup group = new MemoryCgroup(Files.createTempDirectory(parent, "rapidin-"));
    try {
      if (v2) {
        Files.writeString(ROOT.resolve("cgroup.subtree_control"), "+memory");
        group.set("memory.max", limitBytes);
      } else {
        group.set("memory.limit_in_bytes", limitBytes);
      }
      return group;
    } catch (IOException e) {
      group.close();
      throw e;
    }
  }

  private void set(String file, long value) throws IOException {
    Files.writeString(folder.resolve(file), Long.toString(value));
  }

  /** The command that runs another one in this group, in the same process. */
  List<String> wrap(List<String> command) {
    List<String> wrapped = new ArrayList<>();
    wrapped.addAll(List.of("sh", "-c", JOIN, folder.resolve("cgroup.procs").toString()));
    wrapped.addAll(command);
    return wrapped;
  }

  /** Removes the group, whose processes must have ended. */
  @Override
  public void close() throws IOException {
    Files.delete(folder);
  }
}
