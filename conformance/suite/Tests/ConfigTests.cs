using System;
using System.IO;
using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Refusals;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class ConfigTests
{
    public static Section[] Sections =>
    [
        new("bundle.md#containerFormat01",
            Required("bundle.config", "The configuration is config.json in the bundle's directory; without it create fails.", box =>
            {
                Bundle bundle = box.NewBundle("sleep 300");
                File.Move(bundle.ConfigFile, Path.Combine(bundle.Path, "other.json"));
                box.TryCreate(bundle).Created.ExpectError("create without config.json");
            })),
        new("config.md#configSpecificationVersion",
            Lacks("version.required", "A configuration says its version; one that does not is refused.", "ociVersion", Nothing),
            Must("version.semver", "ociVersion is a semantic version (2.0.0); anything else is refused.", box =>
            {
                foreach (string version in new[] { "one.two.three", "1" })
                    box.Refuses(b => b.Config["ociVersion"] = version, Nothing);
            })),
        new("config.md#configRoot",
            Lacks("root.required", "A configuration without root is refused.", "root", Nothing),
            Lacks("root.path", "root without path is refused.", "root.path", Nothing),
            Must("root.exists", "What root.path names is a directory that exists; if not, create fails.", box =>
            {
                box.Refuses(b => b.Config["root"]!["path"] = "nowhere", Nothing);
                box.Refuses(b => b.Config["root"]!["path"] = "config.json", Nothing);
            }),
            Must("root.readonly", "With readonly nothing can be written to the root file system from inside.", box =>
            {
                Answers answers = box.Run(b => b.Config["root"]!["readonly"] = true, "create /file", "create /log/file");
                Expect.Equal(30, answers.Errno(0), "errno of creating a file");
                Expect.Equal(30, answers.Errno(1), "errno of creating a file in a directory");
                Expect.Equal(0, box.Run(null, "create /file").Errno(0), "errno of creating a file without readonly");
            })),
        new("config.md#configAnnotations",
            Must("annotations.map", "annotations is an object; anything else is refused.", box =>
            {
                box.Refuses(b => b.Config["annotations"] = new JsonArray("a", "b"), Nothing);
                box.Refuses(b => b.Config["annotations"] = "a", Nothing);
            }),
            MustNot("annotations.key-empty", "An empty key is refused.", box =>
                // Another reading: an unknown key, which is ignored.
                box.RefusesWithout(b => b.Config["annotations"] = new JsonObject { [""] = "a" }, Nothing)),
            Must("annotations.unknown", "An unknown key is no error, nor is an empty value.", box =>
                box.Run(b => b.Config["annotations"] = new JsonObject { ["org.example.unknown"] = "a", ["org.example.empty"] = "" },
                    "say run").Text(0)),
            Must("annotations.values", "A value that is no string is refused.", box =>
            {
                box.Refuses(b => b.Config["annotations"] = new JsonObject { ["org.example.number"] = 1 }, Nothing);
                box.Refuses(b => b.Config["annotations"] = new JsonObject { ["org.example.object"] = new JsonObject() }, Nothing);
            })),
        new("config.md#configExtensibility",
            Must("extensibility.unknown", "Unknown properties, wherever they stand, change nothing.", Unknown),
            Must("extensibility.invalid", "Invalid and unsupported values are errors.", Invalid)),
    ];

    private static void Nothing(Bundle bundle)
    {
        // The default configuration is valid.
    }

    private static void Unknown(Box box)
    {
        JsonObject facts = box.Facts(b =>
        {
            b.Config["hostname"] = "known";
            JsonObject[] places = [b.Config, b.Process, (JsonObject)b.Process["user"]!, (JsonObject)b.Config["root"]!, b.Linux,
                (JsonObject)b.Mounts[0]!,
                (JsonObject)b.Linux["namespaces"]![0]!, (JsonObject)b.Process["capabilities"]!, b.Resources];
            foreach (JsonObject place in places)
            {
                place["org.example.unknown"] = "value";
                place["unknownObject"] = new JsonObject { ["a"] = new JsonArray(1, 2, 3) };
            }
        });
        Expect.Equal("known", (string?)facts["hostname"], "hostname");
    }

    private static readonly (string What, Action<Bundle> Change, bool AtStart)[] InvalidValues =
    [
        ("a namespace's type", b => b.InNamespace("nosuchtype"), false),
        ("rootfsPropagation", b => b.Linux["rootfsPropagation"] = "nosuchpropagation", false),
        ("seccomp.defaultAction", b => b.Linux["seccomp"] = new JsonObject { ["defaultAction"] = "SCMP_ACT_NOSUCH" }, true),
        ("a seccomp operator", b => b.Linux["seccomp"] = SeccompTests.Profile("SCMP_CMP_NOSUCH"), true),
        ("a seccomp architecture",
            b => b.Linux["seccomp"] = new JsonObject { ["defaultAction"] = "SCMP_ACT_ALLOW",
                ["architectures"] = new JsonArray("SCMP_ARCH_NOSUCH") }, true),
        ("uid of the wrong type", b => b.Process["user"]!["uid"] = "root", true),
        ("a negative uid", b => b.Process["user"]!["uid"] = -5, true),
        ("readonly of the wrong type", b => b.Config["root"]!["readonly"] = "yes", false),
        ("mounts of the wrong type", b => b.Config["mounts"] = "all", false),
        ("memory.limit of the wrong type", b => b.Resources["memory"] = new JsonObject { ["limit"] = "much" }, false),
        ("a device rule's type",
            b => b.Resources["devices"] = new JsonArray(new JsonObject { ["allow"] = true, ["type"] = "x", ["access"] = "r" }), false),
        ("a device's type",
            b => b.Linux["devices"] = new JsonArray(new JsonObject { ["type"] = "x", ["path"] = "/dev/x", ["major"] = 1, ["minor"] = 3 }),
                false),
    ];

    private static void Invalid(Box box)
    {
        string taken = "";
        foreach ((string what, Action<Bundle> change, bool atStart) in InvalidValues)
            try
            {
                box.Refuses(change, null, atStart);
            }
            catch (Failed failure)
            {
                taken += $"{what}: {failure.Message}\n";
            }
        Expect.That(taken.Length == 0, taken.Trim());
    }
}
