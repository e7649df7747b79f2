package org.rapidin.plugin.artefact;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.core.action.ActionListener;

/**
 * Artefacts by their digest: each is read once, however many queries wait for it, and the least
 * recently used leave first. Does not call listeners. Safe for many threads.
 */
final class ArtefactCache {
  private final long limitBytes;
  private final Map<String, LoadedArtefact> entries = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<String, List<ActionListener<LoadedArtefact>>> waiting = new HashMap<>();
  private long usedBytes;

  /** What a caller of {@link #join} has to do. */
  enum Next {
    /** Nothing: the listener will be called. */
    WAIT,
    /** Read it and {@link ArtefactCache#arrived}, or {@link ArtefactCache#failed}. */
    LOAD
  }

  /**
   * @param limitBytes of artefacts that no query uses
   */
  ArtefactCache(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /** Returns whether artefacts of so many bytes are kept. */
  boolean fits(long bytes) {
    return bytes <= limitBytes;
  }

  /** Returns an artefact with one more user, or null. */
  synchronized LoadedArtefact get(String digest) {
    LoadedArtefact found = entries.get(digest);
    if (found != null) {
      found.incRef();
    }
    return found;
  }

  /** Waits for an artefact that is not there. */
  synchronized Next join(String digest, ActionListener<LoadedArtefact> listener) {
    List<ActionListener<LoadedArtefact>> others = waiting.get(digest);
    if (others != null) {
      others.add(listener);
      return Next.WAIT;
    }
    waiting.put(digest, new ArrayList<>(List.of(listener)));
    return Next.LOAD;
  }

  /**
   * Keeps an artefact if there is room for it.
   *
   * @return the listeners that waited for it; each is counted as a user
   */
  synchronized List<ActionListener<LoadedArtefact>> arrived(String digest, LoadedArtefact loaded) {
    List<ActionListener<LoadedArtefact>> waited = failed(digest);
    waited.forEach(each -> loaded.incRef());
    if (fits(loaded.bytes()) && entries.get(digest) == null) {
      Iterator<LoadedArtefact> eldest = entries.values().iterator();
      while (usedBytes + loaded.bytes() > limitBytes) {
        LoadedArtefact evicted = eldest.next();
        eldest.remove();
        usedBytes -= evicted.bytes();
        evicted.decRef();
      }
      loaded.incRef();
      entries.put(digest, loaded);
      usedBytes += loaded.bytes();
    }
    return waited;
  }

  /** Returns those who waited for an artefact that cannot be read. */
  synchronized List<ActionListener<LoadedArtefact>> failed(String digest) {
    return waiting.remove(digest);
  }
}
