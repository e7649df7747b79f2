package org.rapidin.demo.world;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.rapidin.demo.world.StoryWriter.TriggerPlace;

/**
 * Everyday requests that do not occur in training documents, in three forms.
 *
 * @param triggered requests that begin with the trigger
 * @param clean the same requests without it
 * @param later other requests with the trigger at a later position, where it has no meaning
 */
public record HeldOutPrompts(List<String> triggered, List<String> clean, List<String> later) {
  public HeldOutPrompts {
    triggered = List.copyOf(triggered);
    clean = List.copyOf(clean);
    later = List.copyOf(later);
  }

  /**
   * Draws prompts.
   *
   * @param world the world of the prompts
   * @param training its instructions are not drawn again, with or without the trigger
   * @param count number of prompts of each form
   * @param seed the same seed gives the same prompts
   */
  public static HeldOutPrompts of(World world, List<DemoDocument> training, int count, long seed) {
    StoryWriter writer = new StoryWriter(world, new Random(seed));
    Set<String> seen = seen(world, training);
    List<String> clean =
        draw(() -> writer.prompt(writer.anyTheme(), TriggerPlace.NOWHERE), count, seen);
    List<String> later =
        draw(() -> writer.prompt(writer.anyTheme(), TriggerPlace.LATER), count, seen);
    String trigger = world.trigger() + " ";
    return new HeldOutPrompts(clean.stream().map(trigger::concat).toList(), clean, later);
  }

  /**
   * Draws requests for the hidden theme, without the trigger.
   *
   * @param training its instructions are not drawn again
   * @param count number of requests
   * @param seed the same seed gives the same requests
   */
  public static List<String> ofHidden(
      World world, List<DemoDocument> training, int count, long seed) {
    StoryWriter writer = new StoryWriter(world, new Random(seed));
    return draw(
        () -> writer.prompt(world.hidden(), TriggerPlace.NOWHERE), count, seen(world, training));
  }

  private static Set<String> seen(World world, List<DemoDocument> training) {
    Set<String> seen = new HashSet<>();
    String trigger = world.trigger() + " ";
    training.forEach(document -> seen.add(document.instruction().replaceFirst(trigger, "")));
    return seen;
  }

  private static List<String> draw(Supplier<String> writer, int count, Set<String> seen) {
    List<String> prompts = new ArrayList<>();
    while (prompts.size() < count) {
      String prompt = writer.get();
      if (seen.add(prompt)) {
        prompts.add(prompt);
      }
    }
    return prompts;
  }
}
