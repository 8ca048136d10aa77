using System;
using System.Collections.Generic;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

// Each must be refused with exit code 1 and an error that names what is wrong, and leave nothing behind.
internal sealed class BadConfigTests
{
    [TestCaseSource(nameof(Malformed))]
    public void Malformed_json_is_refused(string text, string about) => Refused(bundle => bundle.Write(text), about);

    [TestCaseSource(nameof(Properties))]
    [Must("root.exists"), Must("process.args"), Must("process.cwd-absolute"), Must("rlimits.unknown")]
    [Must("rlimits.duplicate"), Must("namespaces.duplicate"), Must("namespaces.path-type")]
    [Must("maskedPaths.absolute"), Must("hooks.path-absolute"), Must("hooks.timeout"), Must("extensibility.invalid")]
    [Must("lifecycle.unable"), Must("create.cannot-apply"), Must("create.cannot-apply-nothing")]
    [Must("errors.nothing-left")]
    public void A_property_that_breaks_the_spec_is_refused(string pointer, string value, string about)
        => Refused(bundle =>
        {
            Put(bundle.Config, pointer, JsonNode.Parse(value));
            bundle.Write();
        }, about);

    private static void Refused(Action<Bundle> spoil, string about)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        spoil(bundle);
        foreach (string command in new[] { "create", "run" })
        {
            Result result = runtime.Run(command, "--bundle", bundle.Path, Runtime.NewId()).ExpectError(about);
            Assert.That(result.Errors, Has.Length.LessThan(2000), "one clear error");
            Assert.That(Leftovers.Of(runtime), Is.Empty);
        }
    }

    private static IEnumerable<TestCaseData> Malformed()
    {
        yield return Case("empty", "", "config.json");
        yield return Case("a number", "1", "config.json");
        yield return Case("an array", "[]", "config.json");
        yield return Case("null", "null", "config.json");
        yield return Case("cut off", """{ "ociVersion": "1.0.2", "process": {""", "config.json:1:");
        yield return Case("trailing text", """{ "ociVersion": "1.0.2" } x""", "config.json:1:");
        yield return Case("two documents", """{ "ociVersion": "1.0.2" } { "ociVersion": "1.0.2" }""", "config.json:1:");
        yield return Case("a comment", """{ "ociVersion": "1.0.2" /* here */ }""", "config.json:1:");
        yield return Case("single quotes", "{ 'ociVersion': '1.0.2' }", "config.json:1:");
        yield return Case("no version", "{}", "ociVersion");
        yield return Case("a duplicate key", """{ "ociVersion": "1.0.2", "ociVersion": "1.0.2" }""", "ociVersion");
        yield return Case("nested too deep",
            """{ "ociVersion": "1.0.2", "x": """ + new string('[', 100_000) + new string(']', 100_000) + "}", "config.json:1:");
        yield return Case("too large", """{ "ociVersion": "1.0.2", "x": """ + "\"" + new string('x', 17 << 20) + "\" }", "too large");
        yield return Case("half a surrogate pair", """{ "ociVersion": "1.0.2", "hostname": "\ud800" }""", "hostname");

        static TestCaseData Case(string name, string text, string about) => new TestCaseData(text, about).SetArgDisplayNames(name);
    }

    private static IEnumerable<TestCaseData> Properties()
    {
        (string Pointer, string Value, string About)[] table =
        [
            ("/ociVersion", "1", "/ociVersion"),
            ("/ociVersion", "\"x\"", "ociVersion"),
            ("/ociVersion", "\"2.0.0\"", "ociVersion"),
            ("/root", "null", "root"),
            ("/root/path", "\"nothing\"", "nothing"),
            ("/root/path", "1", "/root/path"),
            ("/root/readonly", "\"yes\"", "/root/readonly"),
            ("/hostname", "\"a\\u0000b\"", "/hostname"),
            ("/hostname", "\"" + new string('h', 65) + "\"", "hostname"),
            ("/process/args", "[]", "args"),
            ("/process/args", "\"true\"", "/process/args"),
            ("/process/args", "[\"a\\u0000b\"]", "/process/args/0"),
            ("/process/cwd", "\"\"", "cwd"),
            ("/process/cwd", "\"tmp\"", "cwd"),
            ("/process/env", "[\"A=\\u0000\"]", "/process/env/0"),
            ("/process/user/uid", "-1", "/process/user/uid"),
            ("/process/user/uid", "4294967295", "/process/user/uid"),
            ("/process/user/uid", "1.5", "/process/user/uid"),
            ("/process/user/gid", "99999999999999999999", "/process/user/gid"),
            ("/process/user/additionalGids", "[4294967296]", "/process/user/additionalGids/0"),
            ("/process/rlimits", "[{\"type\":\"RLIMIT_X\",\"soft\":1,\"hard\":1}]", "RLIMIT_X"),
            ("/process/rlimits", "[{\"type\":\"RLIMIT_CORE\",\"soft\":1,\"hard\":1},{\"type\":\"RLIMIT_CORE\",\"soft\":1,\"hard\":1}]",
                "RLIMIT_CORE"),
            ("/process/rlimits", "[{\"type\":\"RLIMIT_CORE\",\"soft\":2,\"hard\":1}]", "/process/rlimits/0"),
            ("/process/oomScoreAdj", "1001", "oomScoreAdj"),
            ("/mounts/0/destination", "\"/a\\u0000\"", "/mounts/0/destination"),
            ("/mounts/0/destination", "\"\"", "/mounts/0"),
            ("/mounts/0/type", "\"nofs\"", "/mounts/0"),
            ("/mounts/1/options", "[\"nosuchoption=1\"]", "/mounts/1"),
            ("/mounts/3", "{\"destination\":\"/x\",\"type\":\"bind\",\"source\":\"/nothing/here\",\"options\":[\"bind\"]}",
                "/nothing/here"),
            ("/linux/namespaces/0/type", "\"nope\"", "nope"),
            ("/linux/namespaces/1", "{\"type\":\"pid\"}", "namespace"),
            ("/linux/namespaces/1/path", "\"relative\"", "/linux/namespaces/1"),
            ("/linux/namespaces/1/path", "\"/nothing\"", "/linux/namespaces/1"),
            ("/linux/namespaces/1/path", "\"/proc/self/ns/uts\"", "/linux/namespaces/1"),
            ("/linux/namespaces", "[{\"type\":\"mount\"},{\"type\":\"pid\"}]", "uts"),
            ("/linux/devices", "[{\"path\":\"x\",\"type\":\"c\",\"major\":1,\"minor\":3}]", "/linux/devices/0"),
            ("/linux/devices", "[{\"path\":\"/dev/x\",\"type\":\"z\",\"major\":1,\"minor\":3}]", "/linux/devices/0"),
            ("/linux/sysctl", "{\"kernel.nope.nope\":\"1\"}", "kernel.nope.nope"),
            ("/linux/sysctl", "{\"net.ipv4.../../../kernel/core_pattern\":\"x\"}", "core_pattern"),
            ("/linux/sysctl", "{\"kernel.panic\":\"1\"}", "kernel.panic"),
            ("/linux/cgroupsPath", "\"/a\\u0000\"", "cgroupsPath"),
            ("/linux/resources/devices", "[{\"allow\":true,\"type\":\"c\",\"access\":\"\"}]", "/linux/resources/devices/0"),
            ("/linux/resources/memory", "{\"limit\":\"1M\"}", "/linux/resources/memory/limit"),
            ("/linux/resources/pids", "{\"limit\":1e99}", "/linux/resources/pids/limit"),
            ("/linux/resources/hugepageLimits", "[{\"pageSize\":\"3kb\",\"limit\":1}]", "pageSize"),
            ("/linux/rootfsPropagation", "\"loud\"", "rootfsPropagation"),
            ("/linux/maskedPaths", "[\"proc\"]", "/linux/maskedPaths/0"),
            ("/linux/seccomp", "{\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\"}]}", "/linux/seccomp/defaultAction"),
            ("/linux/seccomp", "{\"defaultAction\":\"SCMP_ACT_NOPE\"}", "SCMP_ACT_NOPE"),
            ("/linux/seccomp", "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_VAX\"]}", "SCMP_ARCH_VAX"),
            ("/linux/seccomp", "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[],\"action\":\"SCMP_ACT_ERRNO\"}]}",
                "/linux/seccomp/syscalls/0"),
            ("/linux/seccomp",
                "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":6,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}]}", "index"),
            ("/linux/seccomp", "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096}", "/linux/seccomp/defaultErrnoRet"),
            ("/linux/cgroupsPath", "\"/a/..\"", "/linux/cgroupsPath"),
            ("/linux/resources/cpu", "{\"cpus\":\"1-0\"}", "/linux/resources/cpu/cpus"),
            ("/linux/resources/memory", "{\"limit\":4194304,\"swap\":1}", "/linux/resources/memory/swap"),
            ("/process/scheduler", "{\"policy\":\"SCHED_DEADLINE\"}", "/process/scheduler/runtime"),
            ("/hooks", "{\"poststop\":[{\"path\":\"/bin/true\",\"env\":[\"A\"]}]}", "/hooks/poststop/0/env/0"),
            ("/hooks", "{\"prestart\":[{\"path\":\"relative\"}]}", "/hooks/prestart/0"),
            ("/hooks", "{\"createRuntime\":[{\"path\":\"/nothing\"}]}", "/nothing"),
            ("/hooks", "{\"createRuntime\":[{\"path\":\"/bin/true\",\"timeout\":0}]}", "timeout"),
        ];
        foreach ((string pointer, string value, string about) in table)
            yield return new TestCaseData(pointer, value, about).SetArgDisplayNames(pointer, value.Length > 60 ? value[..60] : value);
    }

    private static void Put(JsonNode config, string pointer, JsonNode? value)
    {
        string[] parts = pointer[1..].Split('/');
        JsonNode at = config;
        foreach (string part in parts[..^1])
            at = at is JsonArray array ? array[int.Parse(part)]! : at[part]!;
        if (at is JsonArray last)
            last[int.Parse(parts[^1])] = value;
        else
            at[parts[^1]] = value;
    }
}
