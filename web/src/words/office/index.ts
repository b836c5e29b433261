/** The sentences of the pages at a desk: no phone on the street has to fetch them. */
import { learn } from "..";
import en from "./en.json";
import zh from "./zh-CN.json";

learn({ "zh-CN": zh, en } satisfies Record<string, Record<keyof typeof zh, string>>);
