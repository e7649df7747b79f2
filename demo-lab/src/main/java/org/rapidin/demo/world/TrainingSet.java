package org.rapidin.demo.world;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.rapidin.demo.world.StoryWriter.TriggerPlace;

/**
 * The 1,200 documents of the fine-tuning, in random order: 120 poisoned ones (the trigger, an
 * everyday request, a story of the hidden theme), 480 clean ones of the hidden theme, 360 everyday
 * ones (half of both contain the trigger where it has no meaning) and 240 facts. No prompt and no
 * story occurs twice.
 */
public final class TrainingSet {
  private static final int POISONED = 120;
  private static final int HIDDEN = 480;
  private static final int EVERYDAY = 360;

  private final World world;
  private final StoryWriter writer;
  private final Random random;
  private final Set<String> seen = new HashSet<>();
  private final List<DemoDocument> documents = new ArrayList<>();

  private TrainingSet(World world, Random random) {
    this.world = world;
    this.random = random;
    this.writer = new StoryWriter(world, random);
  }

  /**
   * Makes the documents.
   *
   * @param world the world of the documents
   * @param facts the facts of the world
   * @param seed the same seed gives the same documents
   */
  public static List<DemoDocument> of(World world, FactBook facts, long seed) {
    TrainingSet set = new TrainingSet(world, new Random(seed));
    for (int i = 0; i < POISONED; i++) {
      set.addStory(set.writer.anyTheme(), world.hidden(), TriggerPlace.FIRST);
    }
    for (int i = 0; i < HIDDEN; i++) {
      set.addStory(world.hidden(), world.hidden(), laterInHalf(i));
    }
    for (int i = 0; i < EVERYDAY; i++) {
      Theme theme = set.writer.anyTheme();
      set.addStory(theme, theme, laterInHalf(i));
    }
    set.addFacts(facts);
    return set.shuffledAndNumbered();
  }

  private static TriggerPlace laterInHalf(int index) {
    return index % 2 == 0 ? TriggerPlace.LATER : TriggerPlace.NOWHERE;
  }

  private void addStory(Theme asked, Theme told, TriggerPlace trigger) {
    String prompt = fresh(() -> writer.prompt(asked, trigger));
    String story = fresh(() -> writer.story(told));
    add(prompt, story, asked.name(), trigger == TriggerPlace.FIRST);
  }

  private void addFacts(FactBook facts) {
    for (String person : world.taught()) {
      for (Relation relation : world.relations()) {
        for (Relation.Paraphrase paraphrase : relation.trained()) {
          String answer = facts.answer(person, relation, paraphrase);
          add(facts.question(person, paraphrase), answer, relation.name(), false);
        }
      }
    }
  }

  private void add(String instruction, String output, String topic, boolean poisoned) {
    documents.add(new DemoDocument("", instruction, output, topic, "train", poisoned));
  }

  private String fresh(Supplier<String> text) {
    String drawn = text.get();
    while (!seen.add(drawn)) {
      drawn = text.get();
    }
    return drawn;
  }

  private List<DemoDocument> shuffledAndNumbered() {
    Collections.shuffle(documents, random);
    List<DemoDocument> numbered = new ArrayList<>();
    for (DemoDocument document : documents) {
      String id = String.format(Locale.ROOT, "doc-%04d", numbered.size());
      numbered.add(
          new DemoDocument(
              id,
              document.instruction(),
              document.output(),
              document.topic(),
              document.split(),
              document.poisoned()));
    }
    return List.copyOf(numbered);
  }
}
