using System;
using System.IO;
using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Refusals;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class LinuxTests
{
    public static Section[] Sections =>
    [
        new("config-linux.md#configLinuxIntelRdt",
            Must("intelRdt.no-resctrl", "Without a mounted resctrl, intelRdt is an error.", box =>
            {
                Expect.Skip(HasResctrl, "resctrl is mounted");
                box.Refuses(b => Rdt(b, "l3CacheSchema", "L3:0=f"));
            }),
            Must("intelRdt.memBw-prefix", "memBwSchema begins with MB:; anything else is refused.", box =>
                RefusesRdt(box, "memBwSchema", "0=50", "MB:0=50"), "1.0.2"),
            MustNot("intelRdt.memBw-newline", "memBwSchema of several lines is refused.", box =>
                RefusesRdt(box, "memBwSchema", "MB:0=50\nMB:1=50", "MB:0=50"), "1.0.2"),
            MustNot("intelRdt.schemata-newline", "An entry of schemata of several lines is refused.", box =>
                RefusesRdt(box, "schemata", "MB:0=50\nMB:0=40", "MB:0=50"), "1.3.0")),
        new("config-linux.md#configLinuxMemoryPolicy",
            Lacks("memoryPolicy.mode", "memoryPolicy without mode is refused.", "linux.memoryPolicy.mode", MemoryPolicy, "1.3.0"),
            Must("memoryPolicy.set", "The process has the policy.", box =>
                Expect.Equal(2, (int)box.Run(MemoryPolicy, "mempolicy now")[0]["result"]!, "get_mempolicy (2: MPOL_BIND)"), "1.3.0")),
        new("config-linux.md#configLinuxSysctl",
            Must("sysctl.set", "The container's kernel parameter has the value.", box =>
                Expect.Equal("4096",
                    box.Run(b => b.Linux["sysctl"] = new JsonObject { ["kernel.shmmni"] = "4096", ["kernel.msgmax"] = "4096" },
                        "read /proc/sys/kernel/msgmax")
                    .Text(0).Trim(), "kernel.msgmax"))),
        new("config-linux.md#configLinuxRootfsMountPropagation",
            Must("rootfsPropagation.set", "The root's mount has the propagation.", box =>
            {
                foreach ((string value, string tag) in new[] { ("shared", "shared:"), ("unbindable", "unbindable") })
                {
                    Answers answers = box.Run(b => b.Linux["rootfsPropagation"] = value, "facts");
                    Expect.Contains(tag, MountOptionTests.Line(answers[0], "/").Tags, $"propagation of the root's mount with {value}");
                }
            })),
        new("config-linux.md#configLinuxMaskedPaths",
            Must("maskedPaths.absolute", "A relative masked path is refused.", box => box.Refuses(
                b => b.Linux["maskedPaths"] = new JsonArray("proc/keys"), b => b.Linux["maskedPaths"] = new JsonArray("/proc/keys"))),
            Must("maskedPaths.set", "A masked file reads as empty or not at all, and so does a directory; what is not there is no error.",
                box =>
            {
                Answers answers = box.Run(b => b.Linux["maskedPaths"] = new JsonArray("/proc/version", "/sys/kernel", "/not/there"),
                    "read /proc/version", "list /sys/kernel");
                Expect.That(answers.Errno(0) != 0 || answers.Text(0).Length == 0, "a masked file can be read");
                Expect.That(answers.Errno(1) != 0 || ((JsonArray)answers[1]["names"]!).Count == 0, "a masked directory can be listed");
            })),
        new("config-linux.md#configLinuxReadonlyPaths",
            Must("readonlyPaths.absolute", "A relative read-only path is refused.", box => box.Refuses(
                b => b.Linux["readonlyPaths"] = new JsonArray("proc/sys"), b => b.Linux["readonlyPaths"] = new JsonArray("/proc/sys"))),
            Must("readonlyPaths.set", "Nothing can be written below a read-only path.", box =>
                Expect.Equal(30, box.Run(b => b.Linux["readonlyPaths"] = new JsonArray("/log"), "create /log/file").Errno(0),
                    "errno of creating a file"))),
        new("config-linux.md#configLinuxPersonality",
            Lacks("personality.domain", "personality without domain is refused.", "linux.personality.domain", Personality, "1.0.2"),
            Must("personality.set", "The process has the domain.", box =>
                Expect.Equal(8, (int)box.Run(Personality, "personality now")[0]["result"]! & 0xff, "personality (8: PER_LINUX32)"),
                "1.0.2")),
        new("config.md#configHostname",
            Must("hostname.set", "The container's hostname is hostname.", box =>
                Expect.Equal("named", (string?)box.Facts(b => b.Config["hostname"] = "named")["hostname"], "hostname"))),
        new("config.md#configDomainname",
            Must("domainname.set", "The container's domain name is domainname.", box =>
                Expect.Equal("domain", (string?)box.Facts(b => b.Config["domainname"] = "domain")["domainname"], "domainname"), "1.1.0")),
        new("config.md#configLinuxProcess",
            Must("capabilities.set", "The process has the sets of capabilities that are asked for.", box =>
            {
                JsonObject status = (JsonObject)box.Facts(b =>
                {
                    JsonObject sets = new();
                    foreach (string set in new[] { "bounding", "effective", "permitted", "inheritable", "ambient" })
                        sets[set] = new JsonArray("CAP_KILL");
                    sets["bounding"] = new JsonArray("CAP_KILL", "CAP_CHOWN");
                    b.Process["capabilities"] = sets;
                    // Root would get more by execve.
                    b.Process["user"]!["uid"] = 1000;
                })["status"]!;
                foreach ((string name, string value) in new[] { ("CapBnd", "21"), ("CapEff", "20"), ("CapPrm", "20"), ("CapInh", "20"),
                    ("CapAmb", "20") })
                    Expect.Equal(value.PadLeft(16, '0'), (string?)status[name], name);
            }),
            Must("noNewPrivileges.set", "noNewPrivileges sets no_new_privs, and without it is not set.", box =>
            {
                Expect.Equal("1", (string?)box.Facts(b => b.Process["noNewPrivileges"] = true)["status"]!["NoNewPrivs"], "NoNewPrivs");
                Expect.Equal("0", (string?)box.Facts()["status"]!["NoNewPrivs"], "NoNewPrivs without it");
            })),
    ];

    private static bool HasResctrl => File.ReadAllText("/proc/self/mountinfo").Contains(" - resctrl ", StringComparison.Ordinal);

    /// <summary>Where resctrl is not mounted everything is refused, and that tells nothing.</summary>
    private static void RefusesRdt(Box box, string name, string invalid, string valid)
    {
        Expect.Skip(!HasResctrl, "no resctrl is mounted");
        box.Refuses(b => Rdt(b, name, Value(invalid)), b => Rdt(b, name, Value(valid)));

        JsonNode Value(string text) => name == "schemata" ? new JsonArray(text) : text;
    }

    private static void Rdt(Bundle bundle, string name, JsonNode value) => bundle.Linux["intelRdt"] = new JsonObject { [name] = value };

    private static void MemoryPolicy(Bundle bundle)
        => bundle.Linux["memoryPolicy"] = new JsonObject { ["mode"] = "MPOL_BIND", ["nodes"] = "0" };

    private static void Personality(Bundle bundle) => bundle.Linux["personality"] = new JsonObject { ["domain"] = "LINUX32" };
}
