using System;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>
/// The probe as a container's program, behind a filter: it makes system calls by their numbers and says what became of each.
/// </summary>
internal static class RawCalls
{
    /// <summary>In the container.</summary>
    public const string Program = "/bin/probe";

    /// <param name="seccomp">linux.seccomp.</param>
    /// <param name="calls">As the probe's mode "calls" takes them.</param>
    public static Bundle Bundle(Runtime runtime, bool noNewPrivileges, JsonNode seccomp, params string[] calls)
    {
        if (Array.Exists(calls, call => call.Contains("i386/", StringComparison.Ordinal)))
            RequireOtherArchitecture();
        Bundle bundle = runtime.NewBundle([Program, "calls", .. calls]);
        bundle.Mounting(Program, "bind", Probe.Program, "bind", "ro");
        bundle.Process["noNewPrivileges"] = noNewPrivileges;
        bundle.Linux["seccomp"] = seccomp;
        return bundle;
    }

    /// <summary>
    /// Skips the test where no process can make a call of the other architecture: a kernel without 32-bit emulation ends it by SIGSEGV.
    /// </summary>
    public static void RequireOtherArchitecture()
    {
        if (Child.Start([Probe.Program, "calls", "i386/20"]).Wait(TimeSpan.FromSeconds(10)) != 0)
            Assert.Ignore("int 0x80 is no system call on this machine, not even for a process of the host");
    }

    /// <summary>All but these rules' calls pass.</summary>
    public static JsonNode Profile(params string[] rules)
        => JsonNode.Parse(
            $$"""{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [{{string.Join(',', rules)}}] }""")!;

    public static string Rule(string name, string action, string more = "")
        => $$"""{ "names": ["{{name}}"], "action": "{{action}}"{{more}} }""";

    /// <summary>linux.seccomp of a config.json that an engine wrote.</summary>
    public static JsonNode Captured(string file)
        => JsonNode.Parse(File.ReadAllText(Repository.Data("bundles", file)))!["linux"]!["seccomp"]!.DeepClone();

    public static string[] Lines(this Result result) => result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
