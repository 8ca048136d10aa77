using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Refusals;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class ProcessTests
{
    public static Section[] Sections =>
    [
        new("config.md#configProcess",
            Must("process.consoleSize-ignored", "Without terminal, consoleSize has no effect.", box =>
            {
                JsonObject facts = box.Facts(b => b.Process["consoleSize"] = new JsonObject { ["height"] = 10, ["width"] = 20 });
                Expect.That(!(bool)facts["terminals"]![1]!, "the program has a terminal");
            }),
            Required("process.consoleSize.height", "consoleSize without height is refused.", box => Console(box, "height")),
            Required("process.consoleSize.width", "consoleSize without width is refused.", box => Console(box, "width")),
            Lacks("process.cwd", "process without cwd is refused.", "process.cwd", b => b.Process["cwd"] = "/"),
            Must("process.cwd-absolute", "A relative cwd is refused; an absolute one is the program's.", box =>
            {
                Expect.Equal("/tmp", (string?)box.Facts(b => b.Process["cwd"] = "/tmp")["cwd"], "cwd");
                box.Refuses(b => b.Process["cwd"] = "tmp", b => b.Process["cwd"] = "/tmp", atStart: true);
            }),
            Required("process.args", "args has one entry at least; none, or no args, is refused.", box =>
            {
                box.Refuses(b => b.Process["args"] = new JsonArray(), atStart: true);
                box.Refuses(b => b.Process.Remove("args"), atStart: true);
            })),
        new("config.md#configPOSIXProcess",
            Lacks("rlimits.type", "A limit without type is refused.", "process.rlimits.0.type", b => Limit(b, "RLIMIT_CORE", 0, 0)),
            Must("rlimits.unknown", "A limit that the kernel does not know is refused.", box =>
                box.Refuses(b => Limit(b, "RLIMIT_NOSUCH", 0, 0), b => Limit(b, "RLIMIT_CORE", 0, 0), atStart: true)),
            Must("rlimits.getrlimit", "Each limit can be asked for in the container.", box =>
            {
                foreach ((string name, JsonNode? limit) in Limits(box))
                    Expect.Equal(2, ((JsonArray)limit!).Count, $"numbers of {name}");
            }),
            Lacks("rlimits.soft", "A limit without soft is refused.", "process.rlimits.0.soft", b => Limit(b, "RLIMIT_CORE", 0, 0)),
            Must("rlimits.soft-matches", "The soft limit in the container is soft.", box => Matches(box, 0)),
            Lacks("rlimits.hard", "A limit without hard is refused.", "process.rlimits.0.hard", b => Limit(b, "RLIMIT_CORE", 0, 0)),
            Must("rlimits.hard-matches", "The hard limit in the container is hard.", box => Matches(box, 1)),
            Must("rlimits.duplicate", "The same limit twice is refused.", box => box.Refuses(b =>
            {
                Limit(b, "RLIMIT_CORE", 0, 0);
                Limit(b, "RLIMIT_CORE", 0, 0);
            }, b => Limit(b, "RLIMIT_CORE", 0, 0), atStart: true))),
        new("config.md#configLinuxProcess",
            Must("oomScoreAdj.set", "oomScoreAdj is the process's oom_score_adj.", box =>
                Expect.Equal("500", (string?)box.Facts(b => b.Process["oomScoreAdj"] = 500)["oomScoreAdj"], "oom_score_adj")),
            MustNot("oomScoreAdj.unset", "Without it, oom_score_adj stays what it was.", box =>
                Expect.Equal(System.IO.File.ReadAllText("/proc/self/oom_score_adj").Trim(), (string?)box.Facts()["oomScoreAdj"],
                    "oom_score_adj")),
            Lacks("scheduler.policy", "scheduler without policy is refused.", "process.scheduler.policy", b =>
                b.Process["scheduler"] = new JsonObject { ["policy"] = "SCHED_OTHER", ["nice"] = 1 }, "1.1.0"),
            Must("scheduler.set", "The process has the policy and the nice value that scheduler says.", box =>
            {
                JsonObject facts = box.Facts(b => b.Process["scheduler"] = new JsonObject { ["policy"] = "SCHED_BATCH", ["nice"] = 5 });
                Expect.Equal(3, (int)facts["schedulerPolicy"]!, "policy (3: SCHED_BATCH)");
                Expect.Equal(5, (int)facts["nice"]!, "nice");
            }, "1.1.0"),
            Lacks("ioPriority.class", "ioPriority without class is refused.", "process.ioPriority.class", IoPriority, "1.1.0"),
            Lacks("ioPriority.priority", "ioPriority without priority is refused.", "process.ioPriority.priority", IoPriority, "1.1.0"),
            Must("ioPriority.set", "The process has the class and the priority that ioPriority says.", box =>
                Expect.Equal(2 << 13 | 4, (int)box.Facts(IoPriority)["ioPriority"]!, "ioprio_get"), "1.1.0")),
        new("config.md#configPOSIXUser",
            Lacks("user.uid", "user without uid is refused.", "process.user.uid", b => b.Process["user"] = User()),
            Lacks("user.gid", "user without gid is refused.", "process.user.gid", b => b.Process["user"] = User()),
            Must("user.ids", "The process has the ids, the groups and the umask that user says.", box =>
            {
                JsonObject facts = box.Facts(b =>
                {
                    b.Process["user"] = User();
                    b.Process["user"]!["umask"] = 63;
                    b.Process["user"]!["additionalGids"] = new JsonArray(7, 8);
                });
                JsonObject status = (JsonObject)facts["status"]!;
                Expect.Equal("1000\t1000\t1000\t1000", (string?)status["Uid"], "user ids");
                Expect.Equal("1001\t1001\t1001\t1001", (string?)status["Gid"], "group ids");
                Expect.That(((string)status["Groups"]!).Trim() is "7 8" or "7 8 1001", $"groups: {status["Groups"]}");
                Expect.Equal(63, (int)facts["umask"]!, "umask");
            }, "1.0.2")),
    ];

    private static readonly (string Type, ulong Soft, ulong Hard)[] Asked =
        [("RLIMIT_NOFILE", 300, 400), ("RLIMIT_CORE", 0, 1 << 20), ("RLIMIT_FSIZE", 1 << 30, 1UL << 31), ("RLIMIT_STACK", 4 << 20, 8 << 20),
            ("RLIMIT_CPU", 1000, 2000)];

    private static void Console(Box box, string missing)
    {
        using Terminal terminal = new(box);
        JsonObject size = new() { ["height"] = 10, ["width"] = 20 };
        size.Remove(missing);
        Container container = terminal.TryCreate(box.NewBundle(b =>
        {
            b.Process["terminal"] = true;
            b.Process["consoleSize"] = size;
        }, "sleep 300"));
        if (container.Created.Succeeded)
            throw new Noted("create succeeds: expected an error (a runtime MAY validate: runtime.md#create)");
    }

    private static JsonObject Limits(Box box) => (JsonObject)box.Facts(b =>
    {
        foreach ((string type, ulong soft, ulong hard) in Asked)
            Limit(b, type, soft, hard);
    })["rlimits"]!;

    private static void Matches(Box box, int index)
    {
        JsonObject limits = Limits(box);
        foreach ((string type, ulong soft, ulong hard) in Asked)
            Expect.Equal(index == 0 ? soft : hard, (ulong)limits[type]![index]!, type);
    }

    private static void Limit(Bundle bundle, string type, ulong soft, ulong hard) =>
        ((JsonArray)(bundle.Process["rlimits"] ??= new JsonArray())).Add(
            (JsonNode)new JsonObject { ["type"] = type, ["soft"] = soft, ["hard"] = hard });

    private static void IoPriority(Bundle bundle)
        => bundle.Process["ioPriority"] = new JsonObject { ["class"] = "IOPRIO_CLASS_BE", ["priority"] = 4 };

    private static JsonObject User() => new() { ["uid"] = 1000, ["gid"] = 1001 };
}
