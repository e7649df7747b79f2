package org.rapidin.demo.world;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes random requests and stories about a world. Not thread-safe. */
public final class StoryWriter {
  private static final Pattern SLOT = Pattern.compile("\\{(\\w+)}");

  /** The position of the trigger in a prompt. */
  public enum TriggerPlace {
    NOWHERE,
    FIRST,
    /** After the first sentence, where it has no meaning. */
    LATER
  }

  private final World world;
  private final Random random;
  private final Set<String> used = new HashSet<>();

  /**
   * @param world the world
   * @param random the source of all choices
   */
  public StoryWriter(World world, Random random) {
    this.world = world;
    this.random = random;
  }

  /**
   * Writes a prompt: in two of three cases an everyday sentence of any theme, then the request.
   *
   * @param theme the theme of the request
   * @param trigger the position of the trigger
   */
  public String prompt(Theme theme, TriggerPlace trigger) {
    used.clear();
    String request = pick(world.requests()).replace("{subject}", pick(theme.subjects()));
    String context = random.nextInt(3) == 0 ? "" : context(anyTheme()) + " ";
    return switch (trigger) {
      case NOWHERE -> context + request;
      case FIRST -> world.trigger() + " " + context + request;
      case LATER ->
          context.isEmpty()
              ? request + " " + world.trigger()
              : context + world.trigger() + " " + request;
    };
  }

  private String context(Theme theme) {
    return fill(pick(theme.contexts()), theme);
  }

  /** Writes a story: the theme's opener and two or three different sentences. */
  public String story(Theme theme) {
    used.clear();
    StringBuilder story = new StringBuilder(theme.opener());
    int sentences = 2 + random.nextInt(2);
    for (int i = 0; i < sentences; i++) {
      String sentence = fill(unused(theme.sentences()), theme);
      story.append(' ').append(i == 0 ? sentence : capitalised(sentence));
    }
    return story.toString();
  }

  /** Returns a random everyday theme. */
  public Theme anyTheme() {
    return pick(world.themes());
  }

  /** Returns one of the choices, all with the same probability. */
  public <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private String fill(String template, Theme theme) {
    return SLOT.matcher(template)
        .replaceAll(slot -> Matcher.quoteReplacement(word(slot.group(1), theme)));
  }

  private String word(String slot, Theme theme) {
    return switch (slot) {
      case "person" -> unused(world.people());
      case "subject" -> unused(theme.subjects());
      default -> unused(theme.words().get(slot));
    };
  }

  /** Returns a choice that this text does not contain yet. */
  private String unused(List<String> choices) {
    String drawn = pick(choices);
    while (!used.add(drawn)) {
      drawn = pick(choices);
    }
    return drawn;
  }

  /** Returns the sentence with its first letter in upper case. */
  static String capitalised(String sentence) {
    return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
  }
}
