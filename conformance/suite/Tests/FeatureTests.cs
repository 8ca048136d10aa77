using System;
using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class FeatureTests
{
    /// <summary>The features structure is of 1.1.0; what an older runtime prints is its own.</summary>
    public static Section[] Sections => Array.ConvertAll(All, section => new Section(section.Anchor,
        Array.ConvertAll(section.Tests, test => test.Since == "1.0.0" ? test with { Since = "1.1.0" } : test)));

    private static Section[] All =>
    [
        new("features.md#featuresSpecificationVersion",
            Required("features.min", "ociVersionMin is there.", box => Version(box, "ociVersionMin")),
            Must("features.min-accepted", "A configuration of that version is accepted.", box => Accepts(box, "ociVersionMin")),
            Required("features.max", "ociVersionMax is there.", box => Version(box, "ociVersionMax")),
            Must("features.max-accepted", "A configuration of that version is accepted.", box => Accepts(box, "ociVersionMax")),
            MustNot("features.max-not-less", "It is not less than the minimum.", box =>
                Expect.That(Number(Version(box, "ociVersionMin")) <= Number(Version(box, "ociVersionMax")),
                    "the maximum is less than the minimum")),
            MustNot("features.defined", "Nothing is announced that this version of the specification does not define.", box =>
            {
                Expect.Skip(Version(box, "ociVersionMax").Contains("dev", StringComparison.Ordinal),
                    "ociVersionMax is a version in development");
                Version max = Number(Version(box, "ociVersionMax"));
                foreach (string name in FeatureProperties.Names(Features(box)))
                    Expect.That(Array.Exists(FeatureProperties.All, p => p.Name == name && Number(p.Since) <= max),
                        $"{name} is not defined in {max}");
            })),
        new("features.md#featuresHooks",
            Must("features.hooks", "Every kind of hook that is announced is supported.", box =>
            {
                foreach (string kind in List(box, "hooks"))
                {
                    Container container = box.Start(box.NewBundle(b => b.Hook(kind, "hook"), "sleep 300"));
                    container.Stop();
                    container.Delete();
                    Expect.That(container.Log().Has("hook"), $"{kind} hooks do not run");
                }
            })),
        new("features.md#featuresMountOptions",
            Must("features.mountOptions", "Every mount option that is announced is recognized.", MountOptions)),
        new("features.md#featuresAnnotations",
            Must("features.annotations", "annotations is a map of non-empty keys to strings.", box =>
            {
                JsonObject annotations = Features(box)["annotations"] as JsonObject ?? throw new Skipped("no annotations are announced");
                foreach ((string key, JsonNode? value) in annotations)
                    Expect.That(key.Length > 0 && value is JsonValue text && text.TryGetValue(out string? _),
                        $"\"{key}\": {value?.ToJsonString()}");
            })),
        new("features-linux.md#linuxFeaturesNamespaces",
            Must("features.namespaces", "Every type of namespace that is announced is recognized.", box =>
            {
                foreach (string type in List(box, "linux.namespaces"))
                    if (type != "user")
                        Create(box, type, b => b.InNamespace(type));
                    else
                        Create(box, type, b => b.MapUsers());
            })),
        new("features-linux.md#linuxFeaturesCapabilities",
            Must("features.capabilities", "Every capability that is announced is recognized.", box =>
                Create(box, "all of them", b => b.Process["capabilities"]!["bounding"] = Bundle.Strings(List(box, "linux.capabilities"))))),
        new("features-linux.md#linuxFeaturesMemoryPolicy",
            Must("features.memoryPolicy.modes", "Every mode that is announced is recognized.", box =>
            {
                string[] modes = List(box, "linux.memoryPolicy.modes");
                foreach (string mode in Array.FindAll(modes, Kernel.Has))
                    Create(box, mode, b => b.Linux["memoryPolicy"] = mode is "MPOL_DEFAULT" or "MPOL_LOCAL"
                        ? new JsonObject { ["mode"] = mode } : new JsonObject { ["mode"] = mode, ["nodes"] = "0" });
                if (Array.Find(modes, m => !Kernel.Has(m)) is { } newer)
                    throw new Skipped($"all are that this kernel has; it is too old for {newer}");
            }, "1.3.0"),
            Must("features.memoryPolicy.flags", "Every flag that is announced is recognized.", box =>
            {
                foreach (string flag in List(box, "linux.memoryPolicy.flags"))
                    Create(box, flag,
                        b => b.Linux["memoryPolicy"] = new JsonObject { ["mode"] = "MPOL_BIND", ["nodes"] = "0",
                            ["flags"] = new JsonArray(flag) });
            }, "1.3.0")),
        new("features-linux.md#linuxFeaturesMountExtensions",
            Must("features.idmap", "Id-mapped mounts are announced, even if not every form of them is possible.", box =>
            {
                JsonNode enabled = Features(box)["linux"]?["mountExtensions"]?["idmap"]?["enabled"]
                    ?? throw new Skipped("idmap.enabled is not there, as it MAY");
                if (!(bool)enabled)
                    Expect.That(!MountTests.HasIdMaps(box), "it is false, and they work");
            }, "1.2.0")),
    ];

    internal static JsonObject Features(Box box)
        => box.Host.Runtime.Features ?? throw new Skipped("there is no features command, as it MAY");

    /// <param name="path">Names, with dots between them.</param>
    internal static string[] List(Box box, string path)
    {
        JsonNode? node = Features(box);
        foreach (string step in path.Split('.'))
            node = node?[step];
        return node is JsonArray { Count: > 0 } array ? [.. Array.ConvertAll([.. array], n => (string)n!)]
            : throw new Skipped($"{path} is not announced, as it MAY");
    }

    internal static void Create(Box box, string what, Action<Bundle> change)
    {
        Container container = box.TryCreate(box.NewBundle(change, "sleep 300"));
        container.Created.Expect($"create with {what}");
        container.Destroy();
    }

    private static string Version(Box box, string name) => (string?)Features(box)[name] ?? throw new Failed($"{name} is not there");

    private static Version Number(string version) => new(version.Split('-', '+')[0]);

    private static void Accepts(Box box, string name) => Create(box, name, b => b.Config["ociVersion"] = Version(box, name));

    private static void MountOptions(Box box)
    {
        string source = MountTests.Source(box, "source");
        string[] options = List(box, "mountOptions");
        // All at once; one by one only to say which.
        if (box.TryCreate(box.NewBundle(b => Array.ForEach(options, o => Mount(b, o)), "sleep 300")).Created.Succeeded)
            return;
        // Whether it is the runtime that refuses a mapping, or the kernel.
        bool isMapped = Kernel.TakesIdMaps(source, box.Sleeper(b => b.MapUsers()).Pid);
        foreach (string option in options)
            if (isMapped || !IsMapping(option))
                Create(box, option, b => Mount(b, option));
        Expect.Skip(!isMapped && Array.Exists(options, IsMapping), "all but mappings are; the kernel takes none of the file system here");

        static bool IsMapping(string option) => option.EndsWith("idmap", StringComparison.Ordinal);

        // tmpfs refuses what is given to it as data and is not its own.
        void Mount(Bundle bundle, string option)
        {
            string point = "/mnt/" + option;
            if (option is "remount" or "bind" or "rbind" or "copy-symlink" or "idmap" or "ridmap" or "src-nofollow" or "dest-nofollow")
                bundle.Mount(point, "none", source, option == "remount" ? ["bind"] : ["bind", option]);
            else
                bundle.Mount(point, "tmpfs", "tmpfs", option);
            if (option == "remount")
                bundle.Mount(point, "none", source, "bind", "remount", "ro");
            if (IsMapping(option))
                foreach (string name in new[] { "uidMappings", "gidMappings" })
                    bundle.Mounts[^1]![name] = Bundle.Mapping(0, 1000, 1);
        }
    }
}
