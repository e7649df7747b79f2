package org.rapidin.plugin.artefact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.opensearch.core.action.ActionListener;
import org.rapidin.attribution.fitted.Background;

/** What stays in memory, and whose it is. */
class ArtefactCacheTests {
  private final AtomicLong freed = new AtomicLong();
  private final ArtefactCache cache = new ArtefactCache(100);

  private LoadedArtefact loaded(long bytes) {
    return new LoadedArtefact(empty(), bytes, () -> freed.addAndGet(bytes));
  }

  private static Background empty() {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      new Background.Writer(new DataOutputStream(bytes), "print", 1).finish();
      return Background.read(
          new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())), 0, bytes.size());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void put(String digest, long bytes) {
    assertEquals(ArtefactCache.Next.LOAD, cache.join(digest, ActionListener.wrap(() -> {})));
    LoadedArtefact artefact = loaded(bytes);
    assertEquals(1, cache.arrived(digest, artefact).size());
    artefact.decRef(); // the one that waited
    artefact.decRef(); // the one that read it
  }

  @Test
  void theLeastRecentlyUsedLeaves() {
    put("a", 40);
    put("b", 40);
    cache.get("a").decRef();
    put("c", 40);
    assertEquals(40, freed.get());
    assertNull(cache.get("b"));
    assertNotNull(cache.get("a"));
    assertNotNull(cache.get("c"));
  }

  @Test
  void bytesAreGivenBackAfterTheLastUse() {
    put("a", 100);
    LoadedArtefact used = cache.get("a");
    put("b", 100);
    assertEquals(0, freed.get());
    used.decRef();
    assertEquals(100, freed.get());
  }

  @Test
  void whatIsLargerThanTheCacheIsUsedAndNotKept() {
    put("a", 101);
    assertEquals(101, freed.get());
    assertNull(cache.get("a"));
  }

  @Test
  void oneReadsForAllWhoWait() {
    assertEquals(ArtefactCache.Next.LOAD, cache.join("a", ActionListener.wrap(() -> {})));
    assertEquals(ArtefactCache.Next.WAIT, cache.join("a", ActionListener.wrap(() -> {})));
    LoadedArtefact artefact = loaded(101);
    List<ActionListener<LoadedArtefact>> waited = cache.arrived("a", artefact);
    assertEquals(2, waited.size());
    artefact.decRef();
    waited.forEach(each -> artefact.decRef());
    assertEquals(101, freed.get());
    assertEquals(ArtefactCache.Next.LOAD, cache.join("a", ActionListener.wrap(() -> {})));
    assertEquals(1, cache.failed("a").size());
    assertEquals(ArtefactCache.Next.LOAD, cache.join("a", ActionListener.wrap(() -> {})));
  }
}
