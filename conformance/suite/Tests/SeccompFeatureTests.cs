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
            }),
            Must("features.seccomp.operators", "Every operator that is announced is recognized.", box =>
            {
                foreach (string op in FeatureTests.List(box, "linux.seccomp.operators"))
                    FeatureTests.Create(box, op, b =>
                    {
                        b.Linux["seccomp"] = Profile();
                        b.Linux["seccomp"]!["syscalls"]![0]!["args"] = new JsonArray(new JsonObject { ["index"] = 0, ["value"] = 7, ["valueTwo"] = 3, ["op"] = op });
                    });
            }),
            Must("features.seccomp.archs", "Every architecture that is announced is recognized.", box =>
                FeatureTests.Create(box, "all of them", b =>
                {
                    b.Linux["seccomp"] = Profile();
                    b.Linux["seccomp"]!["architectures"] = Bundle.Strings(FeatureTests.List(box, "linux.seccomp.archs"));
                })),
            Must("features.seccomp.knownFlags", "Every known flag that is announced is recognized.", box => Flags(box, "knownFlags", mayBeRefused: true)),
            Must("features.seccomp.supportedFlags", "Every supported flag that is announced is recognized and works.", box => Flags(box, "supportedFlags", mayBeRefused: false))),
    ];

    /// <summary>A known flag may be one that this machine does not have: only an unknown one is refused as such, which is not to be seen.</summary>
    private static void Flags(Box box, string name, bool mayBeRefused)
    {
        foreach (string flag in FeatureTests.List(box, "linux.seccomp." + name))
            try
            {
                FeatureTests.Create(box, flag, b =>
                {
                    b.Linux["seccomp"] = Profile();
                    b.Linux["seccomp"]!["flags"] = new JsonArray(flag);
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
