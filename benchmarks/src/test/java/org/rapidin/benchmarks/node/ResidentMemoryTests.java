package org.rapidin.benchmarks.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ResidentMemoryTests {

  @Test
  void kindsAddUpToWhatIsResident() {
    List<String> smaps =
        """
        80000000-c0000000 rw-p 00000000 00:00 0
        Size:            1048576 kB
        Rss:                 400 kB
        Anonymous:           400 kB
        7f0000000000-7f0000100000 rw-p 00000000 00:00 0
        Rss:                  30 kB
        Anonymous:            30 kB
        7f1000000000-7f1000100000 r--p 00000000 08:01 77                 /some/lib.so
        Rss:                   9 kB
        Anonymous:             2 kB
        VmFlags: rd mr mw me
        """
            .lines()
            .toList();
    ResidentMemory memory = ResidentMemory.parse(smaps, new JavaHeap(0x8000_0000L, 0x1_0000_0000L));
    assertEquals(new ResidentMemory(400 << 10, 32 << 10, 7 << 10), memory);
    assertEquals(439 << 10, memory.bytes());
  }

  @Test
  void memoryOfThisProcessIsFound() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/smaps")));
    long pid = ProcessHandle.current().pid();
    byte[][] live = IntStream.range(0, 8).mapToObj(i -> new byte[1 << 20]).toArray(byte[][]::new);
    ResidentMemory memory = ResidentMemory.of(pid, JavaHeap.of(pid));
    assertTrue(memory.heapBytes() >= (long) live.length << 20, memory::toString);
    assertTrue(memory.nativeBytes() > 0 && memory.fileBytes() > 0, memory::toString);
  }
}
