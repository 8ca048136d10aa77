using System;
using System.IO;
using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class SeccompFeatureTests
{
    public static Section[] Sections =>
    [
        new("features-linux.md#linuxFeaturesSeccomp",
            Must("features.seccomp.actions", "Every action that is announced is recognized.", box =>
            {
                using UnixSocket agent = new(Path.Combine(box.Work, "agent"));
                foreach (string action in FeatureTests.List(box, "linux.seccomp.actions"))
                    FeatureTests.Create(box, action, b =>
                    {
                        b.Linux["seccomp"] = Profile();
                        b.Linux["seccomp"]!["syscalls"]![0]!["action"] = action;
                        if (action == "SCMP_ACT_NOTIFY")
                            b.Linux["seccomp"]!["listenerPath"] = agent.Path;
                    });
            }, "1.1.0"),
            Must("features.seccomp.operators", "Every operator that is announced is recognized.", box =>
            {
                foreach (string op in FeatureTests.List(box, "linux.seccomp.operators"))
                    FeatureTests.Create(box, op, b =>
                    {
                        b.Linux["seccomp"] = Profile();
                        b.Linux["seccomp"]!["syscalls"]![0]!["args"] =
                            new JsonArray(new JsonObject { ["index"] = 0, ["value"] = 7, ["valueTwo"] = 3, ["op"] = op });
                    });
            }, "1.1.0"),
            Must("features.seccomp.archs", "Every architecture that is announced is recognized.", Architectures, "1.1.0"),
            Must("features.seccomp.knownFlags", "Every known flag that is announced is recognized.",
                box => Flags(box, "knownFlags", mayBeRefused: true), "1.1.0"),
            Must("features.seccomp.supportedFlags", "Every supported flag that is announced is recognized and works.",
                box => Flags(box, "supportedFlags", mayBeRefused: false), "1.1.0")),
    ];

    /// <summary>Of the machine's own byte order; a filter for the other is refused by libseccomp, however well its name is known.</summary>
    private static void Architectures(Box box)
    {
        string other = "";
        foreach (string architecture in FeatureTests.List(box, "linux.seccomp.archs"))
            try
            {
                FeatureTests.Create(box, architecture, b =>
                {
                    b.Linux["seccomp"] = Profile();
                    b.Linux["seccomp"]!["architectures"] = new JsonArray(architecture);
                });
            }
            catch (Failed) when (Array.IndexOf(BigEndian, architecture) >= 0)
            {
                other += architecture + " ";
            }
        if (other.Length > 0)
            throw new Noted($"refused on a machine of the other byte order: {other}");
    }

    private static readonly string[] BigEndian =
    [
        "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", "SCMP_ARCH_S390",
            "SCMP_ARCH_S390X",
        "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64", "SCMP_ARCH_M68K", "SCMP_ARCH_SHEB",
    ];

    /// <summary>
    /// A known flag may be one that this machine does not have: only an unknown one is refused as such, which is not to be seen.
    /// </summary>
    private static void Flags(Box box, string name, bool mayBeRefused)
    {
        using UnixSocket agent = new(Path.Combine(box.Work, "agent"));
        foreach (string flag in FeatureTests.List(box, "linux.seccomp." + name))
            try
            {
                FeatureTests.Create(box, flag, b =>
                {
                    b.Linux["seccomp"] = Profile();
                    b.Linux["seccomp"]!["flags"] = new JsonArray(flag);
                    // seccomp(2): it is for a filter with a listener.
                    if (flag == "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")
                    {
                        b.Linux["seccomp"]!["listenerPath"] = agent.Path;
                        b.Linux["seccomp"]!["syscalls"]![0]!["action"] = "SCMP_ACT_NOTIFY";
                    }
                });
            }
            catch (Failed failure) when (mayBeRefused)
            {
                throw new Noted(failure.Message);
            }
    }

    /// <summary>A call that nobody makes is denied.</summary>
    private static JsonObject Profile() => new()
    {
        ["defaultAction"] = "SCMP_ACT_ALLOW",
        ["syscalls"] = new JsonArray(new JsonObject { ["names"] = new JsonArray("acct"), ["action"] = "SCMP_ACT_ERRNO" }),
    };
}
