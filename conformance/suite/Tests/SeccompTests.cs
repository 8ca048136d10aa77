using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Refusals;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class SeccompTests
{
    public static Section[] Sections =>
    [
        new("config-linux.md#configLinuxSeccomp",
            Must("seccomp.applied", "A call that a rule denies fails with its errno, by its argument.", box =>
            {
                Answers answers = box.Run(b =>
                {
                    b.Linux["seccomp"] = Profile("SCMP_CMP_EQ");
                    Rule(b)["names"] = new JsonArray("umask");
                    Rule(b)["errnoRet"] = 77;
                }, IsX64 ? ["syscall 95 8", "syscall 95 9"] : ["syscall 166 8", "syscall 166 9"]);
                Expect.Equal(77, answers.Errno(0), "errno of a call whose argument is that of the rule");
                Expect.Equal(0, answers.Errno(1), "errno of a call whose argument is another");
            }, "1.1.0"),
            Lacks("seccomp.defaultAction", "A profile without defaultAction is refused.", "linux.seccomp.defaultAction", Sound),
            Must("seccomp.defaultErrnoRet", "defaultErrnoRet with an action that has no errno is refused.", box =>
                box.Refuses(b =>
                {
                    Sound(b);
                    b.Linux["seccomp"]!["defaultErrnoRet"] = 5;
                }, Sound, atStart: true), "1.1.0"),
            MustNot("seccomp.metadata-alone", "listenerMetadata without listenerPath is refused.", box =>
                box.Refuses(b =>
                {
                    Sound(b);
                    b.Linux["seccomp"]!["listenerMetadata"] = "metadata";
                }, Sound, atStart: true), "1.1.0"),
            Lacks("seccomp.names", "A rule without names is refused.", "linux.seccomp.syscalls.0.names", Sound),
            Must("seccomp.names-empty", "A rule with no name in names is refused.", box => box.Refuses(b =>
            {
                Sound(b);
                Rule(b)["names"] = new JsonArray();
            }, Sound, atStart: true)),
            Lacks("seccomp.action", "A rule without action is refused.", "linux.seccomp.syscalls.0.action", Sound),
            Must("seccomp.errnoRet", "errnoRet with an action that has no errno is refused.", box => box.Refuses(b =>
            {
                Sound(b);
                Rule(b)["action"] = "SCMP_ACT_LOG";
                Rule(b)["errnoRet"] = 5;
            }, b =>
            {
                Sound(b);
                Rule(b)["action"] = "SCMP_ACT_LOG";
            }, atStart: true), "1.1.0"),
            Lacks("seccomp.index", "A condition without index is refused.", "linux.seccomp.syscalls.0.args.0.index", Sound),
            Lacks("seccomp.value", "A condition without value is refused.", "linux.seccomp.syscalls.0.args.0.value", Sound),
            Lacks("seccomp.op", "A condition without op is refused.", "linux.seccomp.syscalls.0.args.0.op", Sound)),
    ];

    private static bool IsX64
        => System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64;

    private static JsonObject Rule(Bundle bundle) => (JsonObject)bundle.Linux["seccomp"]!["syscalls"]![0]!;

    private static void Sound(Bundle bundle) => bundle.Linux["seccomp"] = Profile("SCMP_CMP_EQ");

    /// <summary>Everything is allowed but personality(2) with an argument.</summary>
    internal static JsonObject Profile(string op) => new()
    {
        ["defaultAction"] = "SCMP_ACT_ALLOW",
        ["syscalls"] = new JsonArray(new JsonObject
        {
            ["names"] = new JsonArray("personality"),
            ["action"] = "SCMP_ACT_ERRNO",
            ["args"] = new JsonArray(new JsonObject { ["index"] = 0, ["value"] = 8, ["op"] = op }),
        }),
    };
}
