using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Validation;

/// <summary>
/// config-linux.md#block-io: engines write a weight of 0 for none. BFQ takes 1 to 1000; 10 was the minimum of CFQ, which left the kernel in
/// 5.0.
/// </summary>
internal static class BlockIoRules
{
    private const ushort MinWeight = 1, MaxWeight = 1000;

    public static void Check(BlockIoResources io, string pointer)
    {
        MustBeWeight(io.Weight, pointer, "blockIO/weight");
        MustBeWeight(io.LeafWeight, pointer, "blockIO/leafWeight");
        for (int i = 0; i < io.WeightDevice.Length; i++)
            EachDeviceMustHaveAtLeastOneWeight(io.WeightDevice[i], $"{pointer}/blockIO/weightDevice/{i}");
        (string Name, ThrottleDevice[] Devices)[] throttles =
        [
            ("throttleReadBpsDevice", io.ThrottleReadBpsDevice), ("throttleWriteBpsDevice", io.ThrottleWriteBpsDevice),
            ("throttleReadIOPSDevice", io.ThrottleReadIopsDevice), ("throttleWriteIOPSDevice", io.ThrottleWriteIopsDevice),
        ];
        foreach ((string name, ThrottleDevice[] devices) in throttles)
            for (int i = 0; i < devices.Length; i++)
                DeviceNumberRules.Check(devices[i].Major, devices[i].Minor, $"{pointer}/blockIO/{name}/{i}");
    }

    /// <summary>"You MUST specify at least one of weight or leafWeight in a given entry".</summary>
    private static void EachDeviceMustHaveAtLeastOneWeight(WeightDevice device, string pointer)
    {
        DeviceNumberRules.Check(device.Major, device.Minor, pointer);
        if (device.Weight is null && device.LeafWeight is null)
            throw Rule.Broken(pointer, "at least one of weight and leafWeight is required");
        MustBeWeight(device.Weight, pointer, "weight");
        MustBeWeight(device.LeafWeight, pointer, "leafWeight");
    }

    private static void MustBeWeight(ushort? weight, string pointer, string property)
    {
        if (weight > MaxWeight)
            throw Rule.Broken($"{pointer}/{property}", $"expected an integer from {MinWeight} to {MaxWeight}; got {weight}");
    }
}
