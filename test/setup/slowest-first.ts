/** The order of files within a group: whole projects, the one with the longest files first, so that none of those is left over at the end. */
import type { TestSpecification } from "vitest/node";
import { BaseSequencer } from "vitest/node";

/** Their files take minutes. The other projects follow as vitest orders them. */
const SLOW_PROJECTS = ["faults"];

const isSlow = ({ project }: TestSpecification): boolean => SLOW_PROJECTS.includes(project.name);

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => groupOf(a) - groupOf(b) || Number(isSlow(b)) - Number(isSlow(a)));
  }
}

const groupOf = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;
