package dev.weighmaster.hub;

/**
 * One model at one revision.
 *
 * @param name {@code org/name}
 * @param revision the snapshot's revision, empty where the layout has none
 * @param directory relative to the hub's root
 */
public record Repository(String name, String revision, String directory) {}
