using System.IO;
using NUnit.Framework;

namespace SharpRunc.Tests.Spec;

/// <summary>The config.json files of real engines and the specification's own examples, copied next to the tests.</summary>
internal static class SampleFiles
{
    public static string[] Bundles => Names("bundles");

    public static string[] GoodConfigs => Names("schema/config/good");

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", name));

    private static string[] Names(string folder)
    {
        string root = Path.Combine(Path.GetDirectoryName(typeof(SampleFiles).Assembly.Location)!, "Data");
        string[] files = Directory.GetFiles(Path.Combine(root, folder), "*.json");
        System.Array.Sort(files, System.StringComparer.Ordinal);
        return System.Array.ConvertAll(files, file => Path.GetRelativePath(root, file));
    }
}
